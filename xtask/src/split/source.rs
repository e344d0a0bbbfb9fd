//! A WebAssembly module as the build left it, taken apart.

use std::collections::HashMap;
use std::ops::Range;

use wasmparser::{
    ConstExpr, DataKind, ElementItems, ElementKind, ExternalKind, FuncType, FunctionBody,
    KnownCustom, Name, Operator, Parser, Payload, TableType, TypeRef,
};

use crate::shell::{Failure, Result};

/// What is exported under which name: its kind and its place.
pub(super) struct Export<'a> {
    pub(super) name: &'a str,
    pub(super) kind: ExternalKind,
    pub(super) index: u32,
}

/// The module, as far as it has to be understood to be taken apart. Functions are counted as in
/// the module: those of JavaScript first.
pub(super) struct Source<'a> {
    bytes: &'a [u8],
    pub(super) types: Vec<FuncType>,
    /// The name and type of each function of JavaScript.
    pub(super) imports: Vec<(&'a str, u32)>,
    /// The name of what they are imported from.
    pub(super) host: &'a str,
    /// The type of each function of its own.
    pub(super) functions: Vec<u32>,
    pub(super) tables: Vec<TableType>,
    pub(super) memory: Option<wasmparser::MemoryType>,
    pub(super) globals: Vec<wasmparser::GlobalType>,
    pub(super) exports: Vec<Export<'a>>,
    /// The functions in the first table: from which slot on, and which.
    pub(super) elements: Vec<(u32, Vec<u32>)>,
    pub(super) bodies: Vec<FunctionBody<'a>>,
    /// What memory holds at first: from where on, and what.
    pub(super) data: Vec<(u32, &'a [u8])>,
    sections: HashMap<u8, Range<u64>>,
    names: HashMap<u32, String>,
}

impl<'a> Source<'a> {
    /// Fails with a sentence if it is not what `wasm-bindgen` and `wasm-opt` make of the page.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut source = Self {
            bytes,
            types: Vec::new(),
            imports: Vec::new(),
            host: "",
            functions: Vec::new(),
            tables: Vec::new(),
            memory: None,
            globals: Vec::new(),
            exports: Vec::new(),
            elements: Vec::new(),
            bodies: Vec::new(),
            data: Vec::new(),
            sections: HashMap::new(),
            names: HashMap::new(),
        };
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload.map_err(unread)?;
            if let Some((id, range)) = payload.as_section() {
                source.sections.insert(id, range);
            }
            source.take(payload)?;
        }
        Ok(source)
    }

    fn take(&mut self, payload: Payload<'a>) -> Result {
        match payload {
            Payload::TypeSection(reader) => {
                for kind in reader.into_iter_err_on_gc_types() {
                    self.types.push(kind.map_err(unread)?);
                }
            }
            Payload::ImportSection(reader) => {
                for import in reader.into_imports() {
                    let import = import.map_err(unread)?;
                    let TypeRef::Func(kind) = import.ty else {
                        return Err(odd("imports more than functions"));
                    };
                    self.host = import.module;
                    self.imports.push((import.name, kind));
                }
            }
            Payload::FunctionSection(reader) => self.functions = collect(reader)?,
            Payload::TableSection(reader) => {
                for table in reader {
                    self.tables.push(table.map_err(unread)?.ty);
                }
            }
            Payload::MemorySection(reader) => {
                self.memory = collect(reader)?.into_iter().next();
            }
            Payload::GlobalSection(reader) => {
                for global in reader {
                    self.globals.push(global.map_err(unread)?.ty);
                }
            }
            Payload::ExportSection(reader) => {
                for export in reader {
                    let export = export.map_err(unread)?;
                    let (kind, index) = (export.kind, export.index);
                    self.exports.push(Export { name: export.name, kind, index });
                }
            }
            Payload::StartSection { .. } => return Err(odd("starts by itself")),
            Payload::ElementSection(reader) => {
                for element in reader {
                    let element = element.map_err(unread)?;
                    let ElementKind::Active { table_index: None | Some(0), offset_expr } =
                        element.kind
                    else {
                        return Err(odd("has a table that is filled later"));
                    };
                    let ElementItems::Functions(items) = element.items else {
                        return Err(odd("fills its table with more than functions"));
                    };
                    self.elements.push((constant(&offset_expr)?, collect(items)?));
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::DataSection(reader) => {
                for segment in reader {
                    let segment = segment.map_err(unread)?;
                    let DataKind::Active { memory_index: 0, offset_expr } = segment.kind else {
                        return Err(odd("has data that is copied later"));
                    };
                    self.data.push((constant(&offset_expr)?, segment.data));
                }
            }
            Payload::CustomSection(custom) => {
                if let KnownCustom::Name(reader) = custom.as_known() {
                    for subsection in reader {
                        let Name::Function(names) = subsection.map_err(unread)? else { continue };
                        for naming in names {
                            let naming = naming.map_err(unread)?;
                            self.names.insert(naming.index, plain(naming.name));
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A section as it is.
    pub(super) fn section(&self, id: wasm_encoder::SectionId) -> Option<&'a [u8]> {
        self.sections
            .get(&(id as u8))
            .map(|range| &self.bytes[range.start as usize..range.end as usize])
    }

    /// How many functions are JavaScript's; the first of its own comes after them.
    pub(super) fn imported(&self) -> u32 {
        self.imports.len() as u32
    }

    /// The type of a function.
    pub(super) fn type_of(&self, function: u32) -> u32 {
        match self.imports.get(function as usize) {
            Some((_, kind)) => *kind,
            None => self.functions[(function - self.imported()) as usize],
        }
    }

    /// The functions of its own, with their bodies.
    pub(super) fn own(&self) -> impl Iterator<Item = (u32, &FunctionBody<'a>)> {
        self.bodies.iter().enumerate().map(|(place, body)| (self.imported() + place as u32, body))
    }

    /// The name of a function, the same in every build.
    pub(super) fn name(&self, function: u32) -> &str {
        self.names.get(&function).map_or("", String::as_str)
    }
}

/// A name without what is a hash of the compiler's.
fn plain(name: &str) -> String {
    let mut plain = String::new();
    for (place, part) in name.split('[').enumerate() {
        let hash = part.split_once(']').filter(|(hash, _)| {
            hash.len() >= 15 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
        match hash {
            Some((_, rest)) => plain.push_str(rest),
            None if place == 0 => plain.push_str(part),
            None => {
                plain.push('[');
                plain.push_str(part);
            }
        }
    }
    plain
}

fn collect<'a, T: wasmparser::FromReader<'a>>(
    reader: wasmparser::SectionLimited<'a, T>,
) -> Result<Vec<T>> {
    reader.into_iter().collect::<std::result::Result<_, _>>().map_err(unread)
}

fn constant(expression: &ConstExpr<'_>) -> Result<u32> {
    match expression.get_operators_reader().read().map_err(unread)? {
        Operator::I32Const { value } => Ok(value as u32),
        _ => Err(odd("fills its table from a place that is computed")),
    }
}

/// The module is broken.
#[allow(clippy::needless_pass_by_value, reason = "for `map_err`")]
pub(super) fn unread(error: wasmparser::BinaryReaderError) -> Failure {
    Failure::new(format!("The page's WebAssembly module cannot be read: {error}."))
}

fn odd(what: &str) -> Failure {
    Failure::new(format!("The page's WebAssembly module {what}, and xtask/src/split cannot."))
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn hashes_are_no_part_of_a_name() {
        assert_eq!(plain("core[c5930c85a12de822]::fmt::write"), "core::fmt::write");
        assert_eq!(plain("<[u8]>::starts_with"), "<[u8]>::starts_with");
        assert_eq!(plain("f::<[u8; 4], a[ab12ab12ab12ab12]::B>"), "f::<[u8; 4], a::B>");
    }
}
