//! Fits along dimensions and what two variables have in common: polynomials, trends, standard scores, covariance.

mod covariance;
mod detrend;
mod polyfit;
mod standardize;
mod trend;

pub(crate) use covariance::{CORR, COV};
pub(crate) use detrend::DETREND;
pub(crate) use polyfit::POLYFIT;
pub(crate) use standardize::STANDARDIZE;
pub(crate) use trend::TREND;

use super::{ParamKind, ParamSpec, Params};
use crate::model::{Error, Result};

/// The one dimension.
const DIM: ParamSpec =
    ParamSpec { name: "dim", kind: ParamKind::Dim, default: None, required: true, doc: "the dimension to go along" };

/// The degree of a polynomial.
const DEG: ParamSpec = ParamSpec {
    name: "deg",
    kind: ParamKind::Integer,
    default: Some("1"),
    required: false,
    doc: "the degree of the polynomial: 1 is a straight line",
};

/// The highest degree that means anything in double precision.
const HIGHEST: usize = 20;

/// The degree that a step asks for.
fn degree(params: &Params) -> Result<usize> {
    match params.count("deg")?.unwrap_or(1) {
        deg if deg > HIGHEST => {
            Err(Error::invalid(format!("a polynomial of degree {deg}")).hint(format!("at most {HIGHEST} makes sense")))
        }
        deg => Ok(deg),
    }
}

/// `, skipna=False` where a step says so.
fn skipna_argument(params: &Params) -> Result<&'static str> {
    Ok(if params.flag("skipna")? == Some(false) { ", skipna=False" } else { "" })
}
