//! The media engine of callcenter: every RTP packet is received, relayed, played, recorded here.
use pyo3::prelude::*;

#[pymodule]
fn _engine(_m: &Bound<'_, PyModule>) -> PyResult<()> {
    Ok(())
}
