//! Packets of any codec, in any order and at any time, through decoder and jitter buffer to a mix.
#![no_main]

use _engine::codec::Codec;
use _engine::intake::{Intake, Piece};
use _engine::mix::Mix;
use _engine::rate::Rate;
use _engine::voice::Voice;
use libfuzzer_sys::fuzz_target;

const MS: u64 = 1_000_000;

fuzz_target!(|packets: Vec<(u8, u8, u8, u32, Vec<u8>)>| {
    let codecs = ["PCMA", "PCMU", "G722", "L16", "opus"];
    let mut intakes: Vec<Intake> = codecs
        .iter()
        .filter_map(|name| Codec::named(name).map(Intake::new))
        .collect();
    let rates = [Rate::Narrow, Rate::Wide];
    let mut voice = Voice::new(Rate::Narrow, 0);
    let mut mixes = rates.map(|rate| Mix::new(None, rate, 0));
    for mix in &mut mixes {
        mix.hear(&[(0, 1.0), (1, 0.5)]);
    }
    let mut tick = 0u64;
    for (kind, ticks, number, timestamp, mut payload) in packets {
        payload.truncate(1488);
        let piece = Piece {
            source: u32::from(kind >> 6),
            number: 65_536 + u64::from(number),
            timestamp,
            payload: &payload,
        };
        let now = tick * 10 * MS;
        let intake = &mut intakes[usize::from(kind) % 5];
        voice.change(intake.codec().rate());
        for rate in rates {
            voice.have(rate);
        }
        intake.take(piece, now, &mut |sound| voice.put(sound, now));
        if let Some(missing) = intake.missing() {
            voice.miss(missing, now);
            if voice.is_due(missing) {
                intake.give_up(&mut |sound| voice.put(sound, now));
            }
        }
        for _ in 0..ticks % 8 {
            tick += 1;
            voice.advance(tick, tick * 10 * MS);
            for mix in &mut mixes {
                mix.render(tick, |_| Some(&voice), &mut [0; 960]);
            }
        }
    }
});
