//! Python objects as numcodecs writes them in JSON and `MessagePack`: the cells in nested lists, then the type and the
//! shape of the array. A text is shown as it is, anything else as JSON. Knows no codecs.
//! Sources: numcodecs' `json.py` and `msgpacks.py`, <https://github.com/msgpack/msgpack/blob/master/spec.md>.

use super::element::Element;
use super::fill::Fill;
use super::json;
use crate::model::{Data, Error, Result};
use serde_json::{Map, Value};

/// How objects are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Objects {
    packed: bool,
    /// What stands behind the cells: the type, and in later versions the shape.
    behind: usize,
}

/// Lists within lists, at most: a damaged chunk must not use up the stack.
const DEPTH: usize = 64;

impl Objects {
    /// The layout of a numcodecs codec, `None` where it is none of these.
    pub(super) fn of(id: &str) -> Option<Self> {
        let (packed, behind) = match id {
            "json2" => (false, 2),
            "msgpack2" => (true, 2),
            "json" => (false, 1),
            "msgpack" => (true, 1),
            _ => return None,
        };
        Some(Self { packed, behind })
    }

    /// The values of a chunk of this shape: texts, or numbers where the elements are of a fixed size.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where the bytes are torn or hold another number of cells,
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) for types of `MessagePack` that only their writer knows.
    pub(super) fn split(self, bytes: &[u8], shape: &[usize], element: &Element) -> Result<Data> {
        let list = if self.packed { Reader(bytes).value(DEPTH)? } else { json::value(bytes)? };
        let Value::Array(mut list) = list else { return Err(Error::corrupt("the objects are no list")) };
        list.truncate(list.len().saturating_sub(self.behind));
        let mut values = Vec::new();
        flatten(list, shape.len().max(1), &mut values);
        let cells: usize = shape.iter().product();
        if values.len() != cells {
            return Err(Error::corrupt(format!("{} objects instead of {cells}", values.len())));
        }
        if element.size().is_none() {
            let text = |value| if let Value::String(text) = value { text } else { value.to_string() };
            return Ok(Data::Text(values.into_iter().map(text).collect()));
        }
        let all: Vec<Vec<u8>> =
            values.iter().map(|value| Fill::new(value, element).map(|one| one.bytes)).collect::<Result<_>>()?;
        Ok(element.values(&all.concat()))
    }
}

/// The cells of lists nested so deep.
fn flatten(list: Vec<Value>, depth: usize, cells: &mut Vec<Value>) {
    for value in list {
        match (depth, value) {
            (2.., Value::Array(inner)) => flatten(inner, depth - 1, cells),
            (_, cell) => cells.push(cell),
        }
    }
}

/// `MessagePack` not yet read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk().ok_or_else(torn)?;
        self.0 = rest;
        Ok(*head)
    }

    fn bytes(&mut self, len: usize) -> Result<&[u8]> {
        let (head, rest) = self.0.split_at_checked(len).ok_or_else(torn)?;
        self.0 = rest;
        Ok(head)
    }

    /// A length of 1, 2 or 4 bytes, by the lowest bits of a marker.
    fn len(&mut self, width: u8) -> Result<usize> {
        let len = match width {
            0 => u32::from(u8::from_be_bytes(self.take()?)),
            1 => u32::from(u16::from_be_bytes(self.take()?)),
            _ => u32::from_be_bytes(self.take()?),
        };
        usize::try_from(len).map_err(|_too_long| torn())
    }

    fn text(&mut self, len: usize) -> Result<Value> {
        Ok(String::from_utf8_lossy(self.bytes(len)?).into_owned().into())
    }

    fn list(&mut self, len: usize, depth: usize) -> Result<Value> {
        (0..len).map(|_| self.value(depth)).collect::<Result<Vec<_>>>().map(Value::Array)
    }

    fn map(&mut self, len: usize, depth: usize) -> Result<Value> {
        let mut map = Map::new();
        for _ in 0..len {
            let key = match self.value(depth)? {
                Value::String(text) => text,
                other => other.to_string(),
            };
            map.insert(key, self.value(depth)?);
        }
        Ok(Value::Object(map))
    }

    fn value(&mut self, depth: usize) -> Result<Value> {
        let depth = depth.checked_sub(1).ok_or_else(|| Error::corrupt("objects nested too deep"))?;
        let [marker] = self.take()?;
        let low = |bits: u8| usize::from(marker & bits);
        Ok(match marker {
            0x00..=0x7f => marker.into(),
            0x80..=0x8f => self.map(low(0x0f), depth)?,
            0x90..=0x9f => self.list(low(0x0f), depth)?,
            0xa0..=0xbf => self.text(low(0x1f))?,
            0xc0 => Value::Null,
            0xc2 | 0xc3 => Value::Bool(marker == 0xc3),
            // Bytes are shown as their hexadecimal digits.
            0xc4..=0xc6 => {
                let len = self.len(marker - 0xc4)?;
                self.bytes(len)?.iter().map(|b| format!("{b:02x}")).collect::<String>().into()
            }
            0xca => Data::F64(vec![f32::from_be_bytes(self.take()?).into()]).json(0),
            0xcb => Data::F64(vec![f64::from_be_bytes(self.take()?)]).json(0),
            0xcc => u8::from_be_bytes(self.take()?).into(),
            0xcd => u16::from_be_bytes(self.take()?).into(),
            0xce => u32::from_be_bytes(self.take()?).into(),
            0xcf => u64::from_be_bytes(self.take()?).into(),
            0xd0 => i8::from_be_bytes(self.take()?).into(),
            0xd1 => i16::from_be_bytes(self.take()?).into(),
            0xd2 => i32::from_be_bytes(self.take()?).into(),
            0xd3 => i64::from_be_bytes(self.take()?).into(),
            0xd9..=0xdb => {
                let len = self.len(marker - 0xd9)?;
                self.text(len)?
            }
            0xdc | 0xdd => {
                let len = self.len(marker - 0xdb)?;
                self.list(len, depth)?
            }
            0xde | 0xdf => {
                let len = self.len(marker - 0xdd)?;
                self.map(len, depth)?
            }
            0xe0..=0xff => i8::from_be_bytes([marker]).into(),
            _ => return Err(Error::unsupported(format!("objects of MessagePack's type {marker:#04x}"))),
        })
    }
}

fn torn() -> Error {
    Error::corrupt("the bytes of the objects are cut short")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Element, Objects};
    use crate::model::{DType, Data};

    fn texts(id: &str, bytes: &[u8], shape: &[usize]) -> Vec<String> {
        let Data::Text(texts) = Objects::of(id).unwrap().split(bytes, shape, &Element::Text).unwrap() else {
            unreachable!()
        };
        texts
    }

    /// As numcodecs 0.16 writes `[["a", "é"], [1.5, [None, True]]]` and NaN.
    #[test]
    fn cells_are_texts_or_json() {
        let json = br#"[["a","\u00e9"],[1.5,[null,true]],"|O",[2,2]]"#;
        let packed = b"\x94\x92\xa1a\xa2\xc3\xa9\x92\xcb\x3f\xf8\0\0\0\0\0\0\x92\xc0\xc3\xa2|O\x92\x02\x02";
        for (id, bytes) in [("json2", &json[..]), ("msgpack2", &packed[..])] {
            assert_eq!(texts(id, bytes, &[2, 2]), ["a", "é", "1.5", "[null,true]"], "{id}");
            assert!(Objects::of(id).unwrap().split(bytes, &[2, 3], &Element::Text).is_err());
            for end in 0..bytes.len() {
                assert!(Objects::of(id).unwrap().split(&bytes[..end], &[2, 2], &Element::Text).is_err(), "{id} {end}");
            }
        }
        assert_eq!(texts("json2", br#"[NaN,"x","|O",[2]]"#, &[2]), ["NaN", "x"]);
        assert_eq!(texts("json", br#"["x","|O"]"#, &[1]), ["x"]);
        assert_eq!(texts("json2", br#"["x","|O",[]]"#, &[]), ["x"]);
        let numbers = Element::Number(DType::I64);
        let read = |bytes: &[u8]| Objects::of("json2").unwrap().split(bytes, &[2], &numbers);
        assert_eq!(read(br#"[9007199254740993,-1,"<i8",[2]]"#).unwrap(), Data::I64(vec![9_007_199_254_740_993, -1]));
        assert!(read(br#"["x",-1,"<i8",[2]]"#).is_err());
    }

    #[test]
    fn damage_neither_fills_memory_nor_the_stack() {
        let split = |bytes: &[u8]| Objects::of("msgpack2").unwrap().split(bytes, &[2], &Element::Text);
        assert!(split(b"\xdd\xff\xff\xff\xff\xc0").is_err() && split(b"\xdb\xff\xff\xff\xff").is_err());
        assert!(split(&[0x91; 1_000_000]).unwrap_err().to_string().contains("deep"));
        assert!(split(b"\xc1").is_err() && split(b"").is_err());
    }
}
