//! Writes a module as two: what is there at first, and the rest, which finds its memory, tables
//! and functions in the first.
//!
//! A function of the rest that is called from the first has a slot in the first's table. As long as
//! the rest is not there, the slot holds a stand-in: it has JavaScript fetch the rest, which puts
//! itself into the slots, and calls the slot once more. So code runs as it is written, wherever it
//! is; only the time of its arrival differs.

use std::collections::{BTreeMap, BTreeSet};

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, ImportSection, Instruction, Module, RawSection,
    SectionId, TableSection,
};
use wasmparser::{ExternalKind, Operator};

use super::places::Places;
use super::source::{Source, unread};
use crate::shell::{Failure, Result};

/// Under this name JavaScript finds what the first module shares, and gives functions to it.
const HERE: &str = "a";

/// The two modules.
pub(super) struct Halves {
    pub(super) first: Vec<u8>,
    pub(super) rest: Vec<u8>,
    /// What the first calls the functions of JavaScript, in their order.
    pub(super) imports: Vec<String>,
    /// What it calls the function that fetches the rest.
    pub(super) fetch: String,
}

/// Takes the functions of `later` out of a module. Those of `ends` say what went wrong and end the program:
/// they only do the latter.
pub(super) fn split(
    source: &Source<'_>,
    later: &BTreeSet<u32>,
    ends: &BTreeSet<u32>,
) -> Result<Halves> {
    let mut plan = Plan::of(source, later, ends)?;
    let imports: Vec<String> = (0..source.imported()).map(short).collect();
    let fetch = short(source.imported());
    let places = Places::of(source);
    // Written first, because the first exports what it uses.
    let rest = plan.rest(&places.rest)?;
    let first = plan.first(&imports, &fetch, &places.first)?;
    for half in [&rest, &first] {
        wasmparser::validate(half).map_err(unread)?;
    }
    Ok(Halves { first, rest, imports, fetch })
}

/// How many bytes a stand-in weighs, and a call of a slot beyond a call of a function.
const STAND_IN: usize = 12;
const BY_SLOT: usize = 3;

/// Those of `later` that are lighter elsewhere.
pub(super) fn worth(source: &Source<'_>, mut later: BTreeSet<u32>) -> Result<BTreeSet<u32>> {
    loop {
        let mut calls: BTreeMap<u32, usize> = BTreeMap::new();
        for (_, body) in source.own().filter(|(caller, _)| !later.contains(caller)) {
            for operator in body.get_operators_reader().map_err(unread)? {
                if let Operator::Call { function_index: called } = operator.map_err(unread)? {
                    *calls.entry(called).or_default() += 1;
                }
            }
        }
        let before = later.len();
        for (function, body) in source.own() {
            let range = body.range();
            let calls = calls.get(&function).copied().unwrap_or_default();
            if (range.end - range.start) as usize <= STAND_IN + BY_SLOT * calls {
                later.remove(&function);
            }
        }
        if later.len() == before {
            return Ok(later);
        }
    }
}

/// A name as short as can be, different for each number.
fn short(number: u32) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let (more, last) = (number / 52, LETTERS[(number % 52) as usize] as char);
    if more == 0 { last.to_string() } else { format!("{}{last}", short(more - 1)) }
}

struct Plan<'s, 'a> {
    source: &'s Source<'a>,
    later: &'s BTreeSet<u32>,
    ends: &'s BTreeSet<u32>,
    /// The slots of those functions of the rest that the first can call.
    slots: BTreeMap<u32, Vec<u32>>,
    /// How large the table becomes.
    size: u32,
    /// What the rest uses of the first, with the names that it is exported under.
    shared: Vec<(ExternalKind, u32)>,
    /// The type of a function that takes nothing and returns nothing.
    nothing: u32,
}

impl<'s, 'a> Plan<'s, 'a> {
    fn of(
        source: &'s Source<'a>,
        later: &'s BTreeSet<u32>,
        ends: &'s BTreeSet<u32>,
    ) -> Result<Self> {
        let nothing = source
            .types
            .iter()
            .position(|kind| kind.params().is_empty() && kind.results().is_empty());
        let nothing = nothing.ok_or_else(|| {
            Failure::new("The page's WebAssembly module has no function without parameters.")
        })? as u32;
        let mut size = source.tables.first().map_or(0, |table| table.initial as u32);
        let mut slots: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (offset, items) in &source.elements {
            for (slot, function) in (*offset..).zip(items) {
                if later.contains(function) {
                    slots.entry(*function).or_default().push(slot);
                }
            }
        }
        for (caller, body) in source.own() {
            if later.contains(&caller) || ends.contains(&caller) {
                continue;
            }
            for operator in body.get_operators_reader().map_err(unread)? {
                if let Operator::Call { function_index: called } = operator.map_err(unread)?
                    && later.contains(&called)
                {
                    slots.entry(called).or_insert_with(|| {
                        size += 1;
                        vec![size - 1]
                    });
                }
            }
        }
        Ok(Self { source, later, ends, slots, size, shared: Vec::new(), nothing })
    }

    /// The number of an export for the rest.
    fn share(&mut self, kind: ExternalKind, index: u32) -> u32 {
        let known = self.shared.iter().position(|shared| *shared == (kind, index));
        known.unwrap_or_else(|| {
            self.shared.push((kind, index));
            self.shared.len() - 1
        }) as u32
    }

    fn rest(&mut self, data: &DataSection) -> Result<Vec<u8>> {
        let source = self.source;
        // What it calls of the first, in the order of its imports.
        let mut called: BTreeSet<u32> = BTreeSet::new();
        for (function, body) in source.own().filter(|(own, _)| self.later.contains(own)) {
            for operator in body.get_operators_reader().map_err(unread)? {
                match operator.map_err(unread)? {
                    Operator::Call { function_index: to } if !self.later.contains(&to) => {
                        called.insert(to);
                    }
                    Operator::RefFunc { .. } => {
                        return Err(Failure::new(format!(
                            "{} takes a reference to a function, and xtask/src/split cannot.",
                            source.name(function)
                        )));
                    }
                    _ => {}
                }
            }
        }
        let mut round = RoundtripReencoder;
        let mut imports = ImportSection::new();
        for function in &called {
            let name = short(self.share(ExternalKind::Func, *function));
            imports.import(HERE, &name, EntityType::Function(source.type_of(*function)));
        }
        if let Some(memory) = source.memory {
            let name = short(self.share(ExternalKind::Memory, 0));
            let kind = round.memory_type(memory).map_err(unwritten)?;
            imports.import(HERE, &name, kind);
        }
        for (index, table) in (0..).zip(&source.tables) {
            let name = short(self.share(ExternalKind::Table, index));
            let mut kind = round.table_type(*table).map_err(unwritten)?;
            if index == 0 {
                kind.minimum = u64::from(self.size);
                kind.maximum = kind.maximum.map(|_| u64::from(self.size));
            }
            imports.import(HERE, &name, kind);
        }
        for (index, global) in (0..).zip(&source.globals) {
            let name = short(self.share(ExternalKind::Global, index));
            imports.import(HERE, &name, round.global_type(*global).map_err(unwritten)?);
        }
        let places = called.iter().chain(self.later).copied().zip(0..).collect();
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for (function, body) in source.own().filter(|(own, _)| self.later.contains(own)) {
            functions.function(source.type_of(function));
            code.function(&Moved { places: &places, slots: None }.body(body)?);
        }
        let mut elements = ElementSection::new();
        let filled: BTreeMap<u32, u32> = self
            .slots
            .iter()
            .flat_map(|(function, slots)| slots.iter().map(|slot| (*slot, places[function])))
            .collect();
        let mut filled = filled.into_iter().peekable();
        while let Some((start, function)) = filled.next() {
            let mut run = vec![function];
            while let Some((_, next)) =
                filled.next_if(|(slot, _)| *slot == start + run.len() as u32)
            {
                run.push(next);
            }
            let from = ConstExpr::i32_const(start as i32);
            elements.active(None, &from, Elements::Functions(run.into()));
        }
        let mut module = Module::new();
        self.copy(&mut module, SectionId::Type);
        module
            .section(&imports)
            .section(&functions)
            .section(&elements)
            .section(&code)
            .section(data);
        Ok(module.finish())
    }

    fn first(&mut self, names: &[String], fetch: &str, data: &DataSection) -> Result<Vec<u8>> {
        let source = self.source;
        let mut round = RoundtripReencoder;
        let mut imports = ImportSection::new();
        for (name, (_, kind)) in names.iter().zip(&source.imports) {
            imports.import(HERE, name, EntityType::Function(*kind));
        }
        let fetches = source.imported();
        imports.import(HERE, fetch, EntityType::Function(self.nothing));
        let stays = source.own().map(|(own, _)| own).filter(|own| !self.later.contains(own));
        let mut places: BTreeMap<u32, u32> = (0..fetches).map(|own| (own, own)).collect();
        places.extend(stays.chain(self.slots.keys().copied()).zip(fetches + 1..));

        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        let mut moved = Moved { places: &places, slots: Some((source, &self.slots)) };
        for (function, body) in source.own().filter(|(own, _)| !self.later.contains(own)) {
            functions.function(source.type_of(function));
            if self.ends.contains(&function) {
                let mut end = Function::new([]);
                end.instructions().unreachable().end();
                code.function(&end);
            } else {
                code.function(&moved.body(body)?);
            }
        }
        for (function, slots) in &self.slots {
            let kind = source.type_of(*function);
            functions.function(kind);
            let mut stand_in = Function::new([]);
            let mut sink = stand_in.instructions();
            sink.call(fetches);
            for (parameter, _) in (0..).zip(source.types[kind as usize].params()) {
                sink.local_get(parameter);
            }
            sink.i32_const(slots[0] as i32).call_indirect(0, kind).end();
            code.function(&stand_in);
        }

        let mut tables = TableSection::new();
        for (index, table) in source.tables.iter().enumerate() {
            let mut kind = round.table_type(*table).map_err(unwritten)?;
            if index == 0 {
                kind.minimum = u64::from(self.size);
                kind.maximum = kind.maximum.map(|_| u64::from(self.size));
            }
            tables.table(kind);
        }
        let mut elements = ElementSection::new();
        for (offset, items) in &source.elements {
            let items: Vec<u32> = items.iter().map(|function| places[function]).collect();
            let from = ConstExpr::i32_const(*offset as i32);
            elements.active(None, &from, Elements::Functions(items.into()));
        }
        let before = source.tables.first().map_or(0, |table| table.initial as u32);
        let mut added: Vec<(u32, u32)> = self
            .slots
            .iter()
            .filter(|(_, slots)| slots[0] >= before)
            .map(|(function, slots)| (slots[0], places[function]))
            .collect();
        added.sort_unstable();
        let added: Vec<u32> = added.into_iter().map(|(_, function)| function).collect();
        let from = ConstExpr::i32_const(before as i32);
        elements.active(None, &from, Elements::Functions(added.into()));

        let mut exports = ExportSection::new();
        for export in &source.exports {
            let index = match export.kind {
                ExternalKind::Func => places[&export.index],
                _ => export.index,
            };
            let kind = round.export_kind(export.kind).map_err(unwritten)?;
            exports.export(export.name, kind, index);
        }
        for (number, (kind, index)) in (0..).zip(&self.shared) {
            let (kind, index) = match kind {
                ExternalKind::Func => (ExportKind::Func, places[index]),
                ExternalKind::Memory => (ExportKind::Memory, *index),
                ExternalKind::Table => (ExportKind::Table, *index),
                _ => (ExportKind::Global, *index),
            };
            exports.export(&short(number), kind, index);
        }

        let mut module = Module::new();
        self.copy(&mut module, SectionId::Type);
        module.section(&imports).section(&functions).section(&tables);
        self.copy(&mut module, SectionId::Memory);
        self.copy(&mut module, SectionId::Global);
        module.section(&exports).section(&elements);
        self.copy(&mut module, SectionId::DataCount);
        module.section(&code).section(data);
        Ok(module.finish())
    }

    fn copy(&self, module: &mut Module, id: SectionId) {
        if let Some(data) = self.source.section(id) {
            module.section(&RawSection { id: id as u8, data });
        }
    }
}

/// Copies code whose functions have new places.
struct Moved<'p, 's, 'a> {
    places: &'p BTreeMap<u32, u32>,
    /// Which functions are called by their slot.
    slots: Option<(&'s Source<'a>, &'p BTreeMap<u32, Vec<u32>>)>,
}

impl Moved<'_, '_, '_> {
    fn body(&mut self, body: &wasmparser::FunctionBody<'_>) -> Result<Function> {
        let mut copy = self.new_function_with_parsed_locals(body).map_err(unwritten)?;
        let mut reader = body.get_operators_reader().map_err(unread)?;
        while !reader.eof() {
            let operator = reader.read().map_err(unread)?;
            match (&operator, self.slots) {
                (Operator::Call { function_index }, Some((source, slots)))
                    if slots.contains_key(function_index) =>
                {
                    copy.instruction(&Instruction::I32Const(slots[function_index][0] as i32));
                    copy.instructions().call_indirect(0, source.type_of(*function_index));
                }
                _ => {
                    copy.instruction(&self.instruction(operator).map_err(unwritten)?);
                }
            }
        }
        Ok(copy)
    }
}

impl Reencode for Moved<'_, '_, '_> {
    type Error = std::convert::Infallible;

    fn function_index(
        &mut self,
        function: u32,
    ) -> std::result::Result<u32, wasm_encoder::reencode::Error<Self::Error>> {
        Ok(self.places.get(&function).copied().unwrap_or(function))
    }
}

#[allow(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn unwritten(error: wasm_encoder::reencode::Error) -> Failure {
    Failure::new(format!("The page's WebAssembly module cannot be written: {error}."))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use wasm_encoder::{MemorySection, MemoryType, RefType, TableType, TypeSection, ValType};
    use wasmparser::Operator;

    use super::*;

    /// JavaScript's 0; 1, exported, calls 2 and 3; 2 is in the table as well; 3 calls 0 and 1.
    fn whole() -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        types.ty().function([ValType::I32, ValType::F64], [ValType::I32]);
        let mut imports = ImportSection::new();
        imports.import("./page.js", "log", EntityType::Function(0));
        let mut functions = FunctionSection::new();
        functions.function(0).function(1).function(0);
        let mut tables = TableSection::new();
        let (minimum, maximum) = (2, Some(2));
        let element_type = RefType::FUNCREF;
        tables.table(TableType { element_type, minimum, maximum, table64: false, shared: false });
        let mut memories = MemorySection::new();
        let page_size_log2 = None;
        let (memory64, shared) = (false, false);
        memories.memory(MemoryType { minimum: 1, maximum: None, memory64, shared, page_size_log2 });
        let mut exports = ExportSection::new();
        exports.export("main", ExportKind::Func, 1);
        let mut elements = ElementSection::new();
        let items = Elements::Functions(vec![2].into());
        elements.active(None, &ConstExpr::i32_const(1), items);
        let mut code = CodeSection::new();
        let mut main = Function::new([]);
        main.instructions().i32_const(7).f64_const(0.5.into()).call(2).drop().call(3).end();
        let mut sum = Function::new([]);
        sum.instructions().local_get(0).i32_const(12_345).i32_add().end();
        let mut again = Function::new([]);
        again.instructions().call(0).call(1).end();
        code.function(&main).function(&sum).function(&again);
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&tables);
        module.section(&memories).section(&exports).section(&elements).section(&code);
        module.finish()
    }

    fn calls(source: &Source<'_>, function: u32) -> Vec<String> {
        let body = source.own().find(|(own, _)| *own == function).expect("it is there").1;
        let operators = body.get_operators_reader().expect("it can be read");
        let told = operators.into_iter().filter_map(|operator| match operator.ok()? {
            Operator::Call { function_index } => Some(format!("function {function_index}")),
            Operator::I32Const { value } => Some(value.to_string()),
            Operator::CallIndirect { .. } => Some("the slot".into()),
            _ => None,
        });
        told.collect()
    }

    #[test]
    fn what_is_taken_out_is_called_by_its_slot_and_fetched_by_a_stand_in() {
        let bytes = whole();
        let source = Source::parse(&bytes).expect("it can be read");
        let halves =
            split(&source, &BTreeSet::from([2, 3]), &BTreeSet::new()).expect("it can be split");
        let first = Source::parse(&halves.first).expect("it can be read");
        assert_eq!(first.imports.len(), 2);
        // One slot was there, the other is new.
        assert_eq!(calls(&first, 2), ["7", "1", "the slot", "2", "the slot"]);
        assert_eq!(first.elements, [(1, vec![3]), (2, vec![4])]);
        assert_eq!(calls(&first, 3), ["function 1", "1", "the slot"]);
        assert_eq!(calls(&first, 4), ["function 1", "2", "the slot"]);

        let rest = Source::parse(&halves.rest);
        assert!(rest.is_err(), "it imports memory and table, which a whole page does not");
    }

    #[test]
    fn a_page_without_such_functions_stays_as_it_is() {
        let bytes = whole();
        let source = Source::parse(&bytes).expect("it can be read");
        let halves = split(&source, &BTreeSet::new(), &BTreeSet::new()).expect("it can be split");
        let first = Source::parse(&halves.first).expect("it can be read");
        assert_eq!(calls(&first, 2), ["7", "function 3", "function 4"]);
        assert_eq!(calls(&first, 4), ["function 0", "function 2"]);
    }

    #[test]
    fn what_ends_the_program_says_nothing_and_needs_nobody() {
        let bytes = whole();
        let source = Source::parse(&bytes).expect("it can be read");
        let halves = split(&source, &BTreeSet::from([2]), &BTreeSet::from([1, 3]));
        let halves = halves.expect("it can be split");
        let first = Source::parse(&halves.first).expect("it can be read");
        let (_, end) = first.own().nth(1).expect("it is there");
        let operators = end.get_operators_reader().expect("it can be read");
        let operators: Vec<_> = operators.into_iter().map_while(|operator| operator.ok()).collect();
        assert!(matches!(operators[..], [Operator::Unreachable, Operator::End]), "{operators:?}");
        assert_eq!(first.elements[1], (2, vec![]), "nobody calls 2 any more");
    }

    #[test]
    fn what_is_lighter_than_its_stand_in_stays() {
        let bytes = whole();
        let source = Source::parse(&bytes).expect("it can be read");
        let worth = worth(&source, BTreeSet::from([2, 3])).expect("it can be read");
        assert_eq!(worth, BTreeSet::new());
    }
}
