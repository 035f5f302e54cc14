//! The Python face of the engine: conversions and nothing else. Documented in `_engine.pyi`.

use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::path::PathBuf;

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::append::append_all;
use crate::codec::Codec;
use crate::control::Way;
use crate::ears::{self, Wanted};
use crate::engine::Engine as Handle;
use crate::event::Event;
use crate::format::Format;
use crate::ice::Credentials;
use crate::player::Change;
use crate::refusal::Refusal;
use crate::rtp::UNITS_PER_MS;
use crate::suite::{MasterKey, Suite};
use crate::switchboard::Limits;

impl From<Refusal> for PyErr {
    fn from(refusal: Refusal) -> PyErr {
        match refusal {
            Refusal::Argument(text) => PyValueError::new_err(text),
            Refusal::State(text) => PyRuntimeError::new_err(text),
            Refusal::System(error) => error.into(),
        }
    }
}

#[pyclass(frozen, module = "media._engine")]
struct Engine {
    handle: Handle,
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (address, port_min, port_max, rtp_timeout_ms, dscp=46, silence_ms=0, threads=1))]
    fn new(
        address: &str,
        port_min: u32,
        port_max: u32,
        rtp_timeout_ms: u32,
        dscp: u32,
        silence_ms: u32,
        threads: usize,
    ) -> PyResult<Engine> {
        let handle = Handle::new(
            address,
            (udp_port(port_min)?, udp_port(port_max)?),
            Limits {
                rtp_timeout: u64::from(rtp_timeout_ms) * 1_000_000,
                silence: u64::from(silence_ms) * 1_000_000,
            },
            service_class(dscp)?,
            threads,
        )?;
        Ok(Engine { handle })
    }

    #[pyo3(signature = (batched=false))]
    fn start(&self, py: Python<'_>, batched: bool) -> PyResult<RawFd> {
        py.detach(|| self.handle.start(batched))?;
        Ok(self.handle.events_wake().as_fd().as_raw_fd())
    }

    fn stop(&self, py: Python<'_>) {
        py.detach(|| self.handle.stop());
    }

    fn flush(&self) {
        self.handle.flush();
    }

    fn open_port(&self, py: Python<'_>) -> PyResult<(u64, u16)> {
        Ok(py.detach(|| self.handle.open_port())?)
    }

    #[allow(clippy::too_many_arguments)] // Python names them
    #[pyo3(signature = (port, remote_ip, remote_port, payload_type, codec, event_payload_type, packet_ms=20, comfort_noise=false))]
    fn configure_port(
        &self,
        port: u64,
        remote_ip: &str,
        remote_port: u32,
        payload_type: u32,
        codec: &str,
        event_payload_type: Option<u32>,
        packet_ms: u32,
        comfort_noise: bool,
    ) -> PyResult<()> {
        let remote_ip = ip_address(remote_ip)?;
        let Some(codec) = Codec::named(codec) else {
            return Err(PyValueError::new_err(format!("unknown codec {codec:?}")));
        };
        // What does not fit is no payload type either; the handle says so.
        let narrow = |payload_type: u32| u8::try_from(payload_type).unwrap_or(u8::MAX);
        let format = Format {
            payload_type: narrow(payload_type),
            codec,
            event_payload_type: event_payload_type.map(narrow),
            comfort_noise,
            packet_ms,
        };
        let remote = SocketAddr::new(remote_ip, udp_port(remote_port)?);
        Ok(self.handle.configure_port(port, remote, format)?)
    }

    #[pyo3(signature = (port, remote))]
    fn configure_rtcp(&self, port: u64, remote: Option<(String, u32)>) -> PyResult<()> {
        let way = match remote {
            None => Way::Muxed,
            Some((_, 0)) => Way::Nowhere,
            Some((ip, port)) => Way::Beside(SocketAddr::new(ip_address(&ip)?, udp_port(port)?)),
        };
        Ok(self.handle.configure_rtcp(port, way)?)
    }

    fn protect_port(&self, port: u64, suite: &str, ours: Vec<u8>, theirs: Vec<u8>) -> PyResult<()> {
        let Some(named) = Suite::named(suite) else {
            return Err(PyValueError::new_err(format!("unknown suite {suite:?}")));
        };
        let key = |bytes| {
            MasterKey::new(named, bytes)
                .ok_or_else(|| PyValueError::new_err(format!("not a key of {suite}")))
        };
        Ok(self.handle.protect_port(port, key(ours)?, key(theirs)?)?)
    }

    fn await_keys(&self, port: u64) -> PyResult<()> {
        Ok(self.handle.await_keys(port)?)
    }

    fn unprotect_port(&self, port: u64) -> PyResult<()> {
        Ok(self.handle.unprotect_port(port)?)
    }

    fn answer_checks(
        &self,
        port: u64,
        fragment: String,
        password: String,
        remote_fragment: String,
    ) -> PyResult<()> {
        let credentials = Credentials {
            fragment,
            password,
            remote_fragment,
        };
        Ok(self.handle.answer_checks(port, credentials)?)
    }

    fn send_record(&self, port: u64, record: Vec<u8>) -> PyResult<()> {
        Ok(self.handle.send_record(port, record)?)
    }

    fn close_port(&self, port: u64) -> PyResult<()> {
        Ok(self.handle.close_port(port)?)
    }

    #[pyo3(signature = (listener, speaker))]
    fn hear(&self, listener: u64, speaker: Option<u64>) -> PyResult<()> {
        let row = speaker.map(|speaker| (speaker, 1.0));
        Ok(self.handle.hear(listener, row.into_iter().collect())?)
    }

    fn mix(&self, listener: u64, row: Vec<(u64, f32)>) -> PyResult<()> {
        Ok(self.handle.hear(listener, row)?)
    }

    fn load_audio(&self, py: Python<'_>, pcm: &[u8]) -> PyResult<u64> {
        Ok(py.detach(|| self.handle.load_audio(pcm))?)
    }

    fn drop_audio(&self, py: Python<'_>, audio: u64) -> PyResult<()> {
        Ok(py.detach(|| self.handle.drop_audio(audio))?)
    }

    #[pyo3(signature = (port, audio, r#loop=false, told=true, more=false))]
    fn play(
        &self,
        port: u64,
        audio: Vec<u64>,
        r#loop: bool,
        told: bool,
        more: bool,
    ) -> PyResult<u64> {
        Ok(self.handle.play(port, &audio, r#loop, told, more)?)
    }

    fn append_play(&self, player: u64, audio: Vec<u64>) -> PyResult<()> {
        Ok(self.handle.append_play(player, &audio)?)
    }

    fn finish_play(&self, port: u64, player: u64) -> PyResult<()> {
        Ok(self.handle.change_play(port, player, Change::Finish)?)
    }

    fn pause_play(&self, port: u64, player: u64, paused: bool) -> PyResult<()> {
        let change = match paused {
            true => Change::Pause,
            false => Change::Resume,
        };
        Ok(self.handle.change_play(port, player, change)?)
    }

    fn seek_play(&self, port: u64, player: u64, milliseconds: u64) -> PyResult<()> {
        let place = milliseconds.saturating_mul(u64::from(UNITS_PER_MS));
        Ok(self.handle.change_play(port, player, Change::Seek(place))?)
    }

    fn skip_play(&self, port: u64, player: u64, milliseconds: i64) -> PyResult<()> {
        let samples = milliseconds.saturating_mul(i64::from(UNITS_PER_MS));
        Ok(self
            .handle
            .change_play(port, player, Change::Skip(samples))?)
    }

    fn set_play_gain(&self, port: u64, player: u64, gain: f32) -> PyResult<()> {
        Ok(self.handle.change_play(port, player, Change::Gain(gain))?)
    }

    fn stop_play(&self, port: u64) -> PyResult<()> {
        Ok(self.handle.stop_play(port)?)
    }

    fn listen(&self, port: u64, ears: Vec<String>) -> PyResult<()> {
        Ok(self.handle.listen(port, wanted(&ears)?)?)
    }

    #[pyo3(signature = (port, digits, press_ms=100, gap_ms=100))]
    fn send_digits(&self, port: u64, digits: &str, press_ms: u32, gap_ms: u32) -> PyResult<()> {
        Ok(self.handle.send_digits(port, digits, press_ms, gap_ms)?)
    }

    #[pyo3(signature = (left, right, path, silence_ms=0))]
    fn start_recording(
        &self,
        left: u64,
        right: Option<u64>,
        path: PathBuf,
        silence_ms: u32,
    ) -> PyResult<u64> {
        Ok(self.handle.start_recording(left, right, path, silence_ms)?)
    }

    fn add_to_recording(&self, recording: u64, port: u64) -> PyResult<()> {
        Ok(self.handle.add_to_recording(recording, port)?)
    }

    fn pause_recording(&self, recording: u64, paused: bool) -> PyResult<()> {
        Ok(self.handle.pause_recording(recording, paused)?)
    }

    fn stop_recording(&self, recording: u64) -> PyResult<()> {
        Ok(self.handle.stop_recording(recording)?)
    }

    fn statistics(&self, port: u64) -> PyResult<Option<PortStatistics>> {
        let Some(counters) = self.handle.counters(port)? else {
            return Ok(None);
        };
        let report = counters.report();
        let quality = self.handle.quality(port)?;
        Ok(Some(PortStatistics {
            packets_received: counters.packets_received.get(),
            bytes_received: counters.bytes_received.get(),
            packets_sent: counters.packets_sent.get(),
            bytes_sent: counters.bytes_sent.get(),
            send_errors: counters.send_errors.get(),
            lost: counters.lost.get(),
            duplicates: counters.duplicates.get(),
            reordered: counters.reordered.get(),
            discarded: counters.discarded.get(),
            refused: counters.refused.get(),
            jitter_ms: counters.jitter_ms(),
            worst_jitter_ms: report.worst_jitter_ms.max(counters.jitter_ms()),
            round_trip_ms: report.round_trip_ms,
            mos: quality.map(|quality| quality.conversational),
            recent_loss: report.recent_loss,
            recent_mos: report.recent_mos,
            remote_lost: report.remote.map(|remote| remote.lost),
            remote_loss: report.remote.map(|remote| remote.loss),
            remote_jitter_ms: report.remote.map(|remote| remote.jitter_ms),
            remote_mos: report.remote.and_then(|remote| remote.mos),
            missing_s: counters.missing_ms.get() as f64 / 1000.0,
            reports_received: counters.reports_received.get(),
            reports_sent: counters.reports_sent.get(),
            reports_discarded: counters.reports_discarded.get(),
            remote: counters
                .remote()
                .map(|remote| (remote.ip().to_string(), remote.port())),
        }))
    }

    fn poll_events(&self, py: Python<'_>) -> PyResult<Vec<Py<PyAny>>> {
        let events = self.handle.take_events();
        events
            .into_iter()
            .map(|event| to_tuple(py, event))
            .collect()
    }

    fn holdings(&self) -> (usize, usize, usize) {
        self.handle.holdings()
    }

    fn cpu_seconds(&self) -> f64 {
        let loads = self.handle.loads();
        seconds(loads.iter().map(|load| load.cpu).sum())
    }

    fn threads(&self) -> Vec<(usize, f64)> {
        let loads = self.handle.loads().into_iter();
        loads.map(|load| (load.ports, seconds(load.cpu))).collect()
    }

    fn thread_of(&self, port: u64) -> PyResult<Option<usize>> {
        Ok(self.handle.worker_of(port)?)
    }
}

fn wanted(ears: &[String]) -> PyResult<Wanted> {
    Wanted::named(ears.iter().map(String::as_str))
        .map_err(|name| PyValueError::new_err(format!("no such ear: {name:?}")))
}

/// What a port's ears make of these packets; for tests of the ears alone.
#[pyfunction]
fn listen(
    py: Python<'_>,
    payloads: Vec<Option<Vec<u8>>>,
    codec: &str,
    ears: Vec<String>,
) -> PyResult<Vec<(u64, Py<PyAny>)>> {
    let Some(codec) = Codec::named(codec) else {
        return Err(PyValueError::new_err(format!("unknown codec {codec:?}")));
    };
    let wanted = wanted(&ears)?;
    let heard = py.detach(|| ears::listen(&payloads, codec, wanted));
    heard
        .into_iter()
        .map(|(at_ms, event)| Ok((at_ms, to_tuple(py, event)?)))
        .collect()
}

#[pyclass(frozen, get_all, module = "media._engine")]
struct PortStatistics {
    packets_received: u64,
    bytes_received: u64,
    packets_sent: u64,
    bytes_sent: u64,
    send_errors: u64,
    lost: u64,
    duplicates: u64,
    reordered: u64,
    discarded: u64,
    refused: u64,
    jitter_ms: f64,
    worst_jitter_ms: f64,
    round_trip_ms: Option<f64>,
    mos: Option<f64>,
    recent_loss: Option<f64>,
    recent_mos: Option<f64>,
    remote_lost: Option<i64>,
    remote_loss: Option<f64>,
    remote_jitter_ms: Option<f64>,
    remote_mos: Option<f64>,
    missing_s: f64,
    reports_received: u64,
    reports_sent: u64,
    reports_discarded: u64,
    remote: Option<(String, u16)>,
}

#[pymethods]
impl PortStatistics {
    fn __repr__(&self) -> String {
        format!(
            "PortStatistics(packets_received={}, packets_sent={}, lost={}, discarded={}, refused={}, jitter_ms={:.1}, remote={:?})",
            self.packets_received,
            self.packets_sent,
            self.lost,
            self.discarded,
            self.refused,
            self.jitter_ms,
            self.remote,
        )
    }
}

fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e9
}

fn ip_address(text: &str) -> PyResult<IpAddr> {
    text.parse()
        .map_err(|_| PyValueError::new_err(format!("not an IP address: {text:?}")))
}

fn udp_port(number: u32) -> PyResult<u16> {
    u16::try_from(number).map_err(|_| PyValueError::new_err(format!("not a UDP port: {number}")))
}

fn service_class(dscp: u32) -> PyResult<u8> {
    u8::try_from(dscp)
        .ok()
        .filter(|&dscp| dscp < 64)
        .ok_or_else(|| PyValueError::new_err(format!("not a DSCP: {dscp}")))
}

fn to_tuple(py: Python<'_>, event: Event) -> PyResult<Py<PyAny>> {
    let tuple = match event {
        Event::Digit { port, digit } => {
            ("digit", port, digit.key, digit.duration_ms).into_pyobject(py)?
        }
        Event::Heard { port, heard } => {
            let (sign, kind) = heard.sign.name();
            let confidence = f64::from(heard.confidence) / 100.0;
            ("heard", port, sign, kind, confidence).into_pyobject(py)?
        }
        Event::PlayFinished {
            port,
            player,
            completed,
        } => ("play_finished", port, player, completed).into_pyobject(py)?,
        Event::RtpStarted { port } => ("rtp_started", port).into_pyobject(py)?,
        Event::RtpTimeout { port } => ("rtp_timeout", port).into_pyobject(py)?,
        Event::VoiceMissing { port, no_packets } => {
            ("voice_missing", port, no_packets).into_pyobject(py)?
        }
        Event::VoiceBack { port } => ("voice_back", port).into_pyobject(py)?,
        Event::PortFailed { port, error } => ("port_failed", port, error).into_pyobject(py)?,
        Event::Record { port, record } => {
            ("record", port, PyBytes::new(py, &record)).into_pyobject(py)?
        }
        Event::RecordingSilent { recording } => {
            ("recording_silent", recording).into_pyobject(py)?
        }
        Event::RecordingStopped {
            recording,
            path,
            frames,
            bytes,
            error,
            blank,
        } => {
            let path = path.into_os_string();
            let facts = (
                "recording_stopped",
                recording,
                path,
                frames,
                bytes,
                error,
                blank,
            );
            facts.into_pyobject(py)?
        }
        Event::EngineFailed { error } => ("engine_failed", error).into_pyobject(py)?,
    };
    Ok(tuple.into_any().unbind())
}

#[pyfunction]
fn append_to_files(py: Python<'_>, files: Vec<(PathBuf, PyBackedBytes)>) -> Vec<(usize, i32)> {
    let failed = py.detach(|| {
        let files = files
            .iter()
            .map(|(path, bytes)| (path.as_path(), bytes.as_ref()));
        append_all(files)
    });
    failed
        .into_iter()
        .map(|(nth, error)| (nth, error.raw_os_error()))
        .collect()
}

/// Named by maturin's `module-name`; `media/_engine.pyi` is its documentation.
#[pymodule]
fn _engine(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let profile = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    module.add("build_profile", profile)?;
    module.add_function(wrap_pyfunction!(append_to_files, module)?)?;
    module.add_function(wrap_pyfunction!(listen, module)?)?;
    module.add_class::<Engine>()?;
    module.add_class::<PortStatistics>()
}
