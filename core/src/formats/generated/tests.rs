//! Values and types of numpy, any part of any call, nonsense.

use super::{is_call, open};
use crate::formats::contract;
use crate::model::{DType, Data, Region, Span};

fn all(text: &str) -> Data {
    let source = open(text).unwrap();
    let variable = source.info().root.variables[0].clone();
    source.read(&variable.path, &Region::all(&variable.shape)).unwrap().into_data()
}

/// Values and types from numpy 2.
#[test]
fn makes_what_numpy_makes() {
    assert_eq!(all("arange(5)"), Data::I64(vec![0, 1, 2, 3, 4]));
    assert_eq!(all("arange(10, 1, -3)"), Data::I64(vec![10, 7, 4]));
    assert_eq!(all("arange(0, 1, 0.25)"), Data::F64(vec![0.0, 0.25, 0.5, 0.75]));
    assert_eq!(all("arange(3, dtype=float32)"), Data::F32(vec![0.0, 1.0, 2.0]));
    assert_eq!(all("arange(0)"), Data::I64(vec![]));
    assert_eq!(all("linspace(0, 1, 5)"), Data::F64(vec![0.0, 0.25, 0.5, 0.75, 1.0]));
    assert_eq!(all("full((2, 3), 1.5)"), Data::F64(vec![1.5; 6]));
    assert_eq!(all("zeros(3, dtype=uint8)"), Data::U8(vec![0; 3]));
}

#[test]
fn random_numbers_follow_from_their_position() {
    let text = "random((100, 40, 30), chunks=(10, 7, 30), seed=1, low=0, high=255, dtype=int64)";
    let source = open(text).unwrap();
    contract::check(&*source);
    assert_eq!(source.info().root.variables[0].chunks, Some(vec![10, 7, 30]));
    assert_eq!(all(text), all("random([100, 40, 30], seed=1, high=255, dtype=int64)"));
    let Data::I64(cells) = all(text) else { unreachable!("as asked") };
    let mean = cells.iter().sum::<i64>() as f64 / cells.len() as f64;
    assert!((mean - 127.0).abs() < 1.0 && cells.iter().all(|x| (0..255).contains(x)), "{mean}");
    assert!((0..255).all(|x| cells.contains(&x)));
    assert_ne!(all("random(9, seed=1)"), all("random(9, seed=2)"));
    let Data::F64(cells) = all("random(100000, low=-1)") else { unreachable!("by default") };
    assert!(cells.iter().sum::<f64>().abs() < 1000.0 && cells.iter().all(|x| (-1.0..1.0).contains(x)));
}

#[test]
fn any_part_of_any_call() {
    for text in
        ["arange(1000, chunks=7)", "linspace(1, 2, 77)", "full((3, 4, 5), 2, dims=(t, y, x))", "random((9, 8), seed=3)"]
    {
        contract::check(&*open(text).unwrap());
    }
    let source = open("random((50, 60), dtype=float32, dims=(y, x), name=noise)").unwrap();
    let variable = source.info().root.variable("noise").unwrap();
    assert_eq!((variable.dims.clone(), variable.dtype.clone()), (vec!["y".to_owned(), "x".to_owned()], DType::F32));
    let region = Region(vec![Span::new(3, 2), Span::new(5, 4)]);
    assert_eq!(source.read("noise", &region).unwrap().shape(), [2, 4]);
}

#[test]
fn nonsense_is_named() {
    assert!(is_call(" arange(3) ") && !is_call("arange.nc") && !is_call("other(3)") && !is_call("arange"));
    let error = |text: &str| open(text).err().unwrap().to_string();
    for (text, said) in [
        ("arange()", "stop is missing"),
        ("arange(0, 1, 0)", "no end"),
        ("arange(a)", "stop must be a number"),
        ("arange(3, size=2)", "no argument size"),
        ("arange(1, 2, 3, 4)", "more arguments"),
        ("random(10, low=1, high=1)", "nothing lies between"),
        ("random((10, 10), chunks=5)", "chunks of 1 lengths for 2"),
        ("random((10, -1))", "shape must be whole numbers from 0"),
        ("full((2, 2))", "value is missing"),
        ("zeros(3, dtype=text)", "no type of numbers"),
        ("zeros((9000000000, 9000000000))", "more cells than can be counted"),
        ("zeros((2, 2), dims=(x, x))", "a name of its own"),
        ("zeros((2, 2)", "bracket"),
    ] {
        let message = error(text);
        assert!(message.contains(said), "{text}: {message}");
    }
}
