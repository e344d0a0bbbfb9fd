//! A copy of the module that writes down which of its functions run.

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ImportSection, MemArg, MemArgTarget, MemorySection, Module, RawSection, SectionId,
};

use super::source::{Source, unread};
use crate::shell::{Failure, Result};

const PAGE: u64 = 65_536;

/// The copy, and where in its memory each of its own functions leaves a 1.
pub(super) fn recording(source: &Source<'_>) -> Result<(Vec<u8>, u64)> {
    let odd = || Failure::new("The page's WebAssembly module has no memory to write into.");
    let mut round = RoundtripReencoder;
    let mut memory = source.memory.ok_or_else(odd)?;
    // A page at the end of what the program has, which it does not know.
    let place = memory.initial * PAGE;
    memory.initial += 1;
    let mut memories = MemorySection::new();
    memories.memory(round.memory_type(memory).map_err(|_| odd())?);
    let mut code = CodeSection::new();
    for (number, (_, body)) in (0..).zip(source.own()) {
        let unwritten = |_| Failure::new("The page's WebAssembly module cannot be written.");
        let mut copy = round.new_function_with_parsed_locals(body).map_err(unwritten)?;
        let target = MemArgTarget::Memory(0);
        let to = MemArg { offset: place + number, align: 0, target, ordering: None };
        copy.instructions().i32_const(0).i32_const(1).i32_store8(to);
        let mut reader = body.get_operators_reader().map_err(unread)?;
        while !reader.eof() {
            let operator = reader.read().map_err(unread)?;
            copy.instruction(&round.instruction(operator).map_err(unwritten)?);
        }
        code.function(&copy);
    }
    let imports: ImportSection =
        source.imports.iter().fold(ImportSection::new(), |mut imports, (name, kind)| {
            imports.import(source.host, name, wasm_encoder::EntityType::Function(*kind));
            imports
        });
    let mut module = Module::new();
    let copy = |module: &mut Module, id: SectionId| {
        if let Some(data) = source.section(id) {
            module.section(&RawSection { id: id as u8, data });
        }
    };
    copy(&mut module, SectionId::Type);
    module.section(&imports);
    copy(&mut module, SectionId::Function);
    copy(&mut module, SectionId::Table);
    module.section(&memories);
    for id in [SectionId::Global, SectionId::Export, SectionId::Element, SectionId::DataCount] {
        copy(&mut module, id);
    }
    module.section(&code);
    copy(&mut module, SectionId::Data);
    Ok((module.finish(), place))
}
