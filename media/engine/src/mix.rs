//! What one listener hears when it is more than one speaker as they are. Pure.
//!
//! No change of what is heard is a step in the sound: a gain moves to its new value within a frame,
//! and where the sound comes from another place than before (a relayed packet, a speaker that is
//! gone) the old sound is led over to the new one. Both take 10 ms.

use std::collections::HashMap;

use crate::conceal::{blend, Continuation, Past};
use crate::g711::Law;
use crate::rate::{Rate, WIDE_FRAME};
use crate::voice::Voice;

/// The most frames of a packet: 60 ms.
pub const MAX_FRAMES: usize = 6;
/// Up to here sums are as they are; above they are bent so that they never reach the limit.
const KNEE: f32 = 24_000.0;
const ROOM: f32 = 32_767.0 - KNEE;

/// A speaker in the mix.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Link {
    /// Its port's slot.
    speaker: usize,
    gain: f32,
    target: f32,
}

/// Between relay and mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// This speaker is still relayed, until its voice flows.
    Joining {
        relayed: usize,
        waited: u32,
    },
    Mixing,
    /// This speaker alone is left: its next packet is relayed.
    Leaving {
        to: usize,
    },
}

/// The mix of one listener.
#[derive(Debug)]
pub struct Mix {
    rate: Rate,
    links: Vec<Link>,
    pub stage: Stage,
    /// When the next packet is to go out.
    pub due: u64,
    /// What was sent last.
    tail: Past,
    seam: Option<Continuation>,
}

impl Mix {
    /// Of a listener that hears one relayed speaker, or nobody.
    pub fn new(relayed: Option<usize>, rate: Rate, now: u64) -> Mix {
        let stage = relayed.map_or(Stage::Mixing, |relayed| Stage::Joining {
            relayed,
            waited: 0,
        });
        let link = relayed.map(|speaker| Link {
            speaker,
            gain: 1.0,
            target: 1.0,
        });
        Mix {
            rate,
            links: link.into_iter().collect(),
            stage,
            due: now,
            tail: Past::silent(rate),
            seam: None,
        }
    }

    /// It is made at this rate from now on.
    pub fn change(&mut self, rate: Rate) {
        if rate != self.rate {
            self.rate = rate;
            self.tail = self.tail.at(rate);
            self.seam = Some(Continuation::of(&self.tail));
        }
    }

    /// What is heard next does not follow what was heard last.
    pub fn break_off(&mut self) {
        if self.seam.is_none() {
            self.seam = Some(Continuation::of(&self.tail));
        }
    }

    /// The rate at which it is rendered.
    pub fn rate(&self) -> Rate {
        self.rate
    }

    /// What was sent last.
    pub fn tail(&self) -> &Past {
        &self.tail
    }

    /// Lets these be heard from the next packet on, each with its gain, and nobody else.
    pub fn hear(&mut self, row: &[(usize, f32)]) {
        for link in &mut self.links {
            link.target = 0.0;
        }
        for &(speaker, target) in row {
            match self.links.iter_mut().find(|link| link.speaker == speaker) {
                Some(link) => link.target = target,
                None => self.links.push(Link {
                    speaker,
                    gain: 0.0,
                    target,
                }),
            }
        }
    }

    /// A speaker is gone; whether it was in the mix.
    pub fn forget(&mut self, speaker: usize) -> bool {
        let before = self.links.len();
        self.links.retain(|link| link.speaker != speaker);
        let was_heard = self.links.len() < before;
        if was_heard {
            self.break_off();
        }
        was_heard
    }

    /// The sound so far was not made here: its last samples.
    pub fn take_over(&mut self, tail: &Past) {
        self.tail = tail.at(self.rate);
        self.seam = Some(Continuation::of(&self.tail));
        self.stage = Stage::Mixing;
    }

    pub fn speakers(&self) -> impl Iterator<Item = usize> + '_ {
        self.links.iter().map(|link| link.speaker)
    }

    /// The speakers are in other slots than before, all of them.
    pub fn renumber(&mut self, slots: &HashMap<usize, usize>) {
        let moved = |slot: usize| slots.get(&slot).copied();
        self.links.retain_mut(|link| {
            let speaker = moved(link.speaker);
            link.speaker = speaker.unwrap_or_default();
            speaker.is_some()
        });
        self.stage = match self.stage {
            Stage::Joining { relayed, waited } => {
                moved(relayed).map(|relayed| Stage::Joining { relayed, waited })
            }
            Stage::Leaving { to } => moved(to).map(|to| Stage::Leaving { to }),
            Stage::Mixing => None,
        }
        .unwrap_or(Stage::Mixing);
    }

    /// Nobody is heard, and nobody fades away.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty() && self.seam.is_none()
    }

    /// The only speaker, if it is heard just as it speaks.
    pub fn only(&self) -> Option<usize> {
        match self.links.as_slice() {
            [link] if link.gain == 1.0 && link.target == 1.0 => Some(link.speaker),
            _ => None,
        }
    }

    /// The listener hears something else: nothing of the mix need fade, nor go on later.
    pub fn settle(&mut self) {
        self.tail = Past::silent(self.rate);
        self.seam = None;
        for link in &mut self.links {
            link.gain = link.target;
        }
        self.links.retain(|link| link.gain > 0.0);
    }

    /// Mixes the last frames up to that of `tick` into all of `out`, as many as it holds.
    pub fn render<'a>(
        &mut self,
        tick: u64,
        voice: impl Fn(usize) -> Option<&'a Voice>,
        out: &mut [i16],
    ) {
        let mut sums = [0.0f32; MAX_FRAMES * WIDE_FRAME];
        let length = self.rate.frame();
        let frames = (out.len() / length).min(MAX_FRAMES);
        let first = (tick + 1).saturating_sub(frames as u64);
        for link in &mut self.links {
            let Some(voice) = voice(link.speaker) else {
                continue;
            };
            for (sums, at) in sums.chunks_exact_mut(length).take(frames).zip(first..) {
                if let Some(frame) = voice.frame(at, self.rate) {
                    link.add(frame, sums);
                }
            }
        }
        self.links
            .retain(|link| link.gain > 0.0 || link.target > 0.0);
        for (slot, &sum) in out.iter_mut().zip(&sums) {
            *slot = limited(sum);
        }
        self.lead_over(out);
        self.tail.push(out);
    }

    /// Leads a relayed packet's codes of `law` over from what was mixed before.
    pub fn lead_into(&self, codes: &mut [u8], law: Law) {
        let mut seam = Continuation::of(&self.tail);
        let length = self.rate.frame();
        for (step, code) in codes.iter_mut().take(length).enumerate() {
            let heard = blend(seam.next_sample(), law.decode(*code), step + 1, length + 1);
            *code = law.encode(heard);
        }
    }

    fn lead_over(&mut self, out: &mut [i16]) {
        if let Some(mut seam) = self.seam.take() {
            let length = self.rate.frame();
            for (step, slot) in out.iter_mut().take(length).enumerate() {
                *slot = blend(seam.next_sample(), *slot, step + 1, length + 1);
            }
        }
    }
}

impl Link {
    /// Adds a frame; a gain that is to change does so within it.
    fn add(&mut self, frame: &[i16], sums: &mut [f32]) {
        let step = (self.target - self.gain) / frame.len().max(1) as f32;
        let mut gain = self.gain;
        for (sum, &sample) in sums.iter_mut().zip(frame) {
            gain += step;
            *sum += f32::from(sample) * gain;
        }
        self.gain = self.target;
    }
}

/// A sum as a sample: loud ones are bent, not cut, so that two who shout stay intelligible.
fn limited(sum: f32) -> i16 {
    let loudness = sum.abs();
    if loudness <= KNEE {
        return sum as i16;
    }
    let above = (loudness - KNEE) / ROOM;
    (KNEE + ROOM * above / (1.0 + above)).copysign(sum) as i16
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::intake::Sound;
    use crate::testing::{largest_step, share, sine};

    const ANN: usize = 1;
    const BO: usize = 2;
    const CAT: usize = 3;
    const TONES: [f32; 4] = [0.0, 350.0, 660.0, 880.0];
    const LOUD: f32 = 5000.0;

    type Row = &'static [(usize, f32)];

    /// Everybody speaks all the time, each a tone; a mix is rendered in packets of 20 ms.
    struct Scene {
        voices: [Voice; 4],
        tick: u64,
        sent: usize,
    }

    impl Scene {
        fn new() -> Scene {
            let mut scene = Scene {
                voices: [(); 4].map(|()| Voice::new(Rate::Narrow, 0)),
                tick: 0,
                sent: 0,
            };
            scene.speak(10);
            scene
        }

        fn speak(&mut self, packets: usize) {
            for _ in 0..packets {
                for (voice, hz) in self.voices.iter_mut().zip(TONES) {
                    let samples = sine(hz, LOUD, self.sent, 160);
                    let sound = Sound::fresh(1, self.sent as u32, &samples);
                    voice.put(sound, self.tick * 10_000_000);
                    for tick in self.tick + 1..=self.tick + 2 {
                        voice.advance(tick, tick * 10_000_000);
                    }
                }
                self.tick += 2;
                self.sent += 160;
            }
        }

        fn hear(&mut self, mix: &mut Mix, packets: usize) -> Vec<i16> {
            let mut heard = Vec::new();
            for _ in 0..packets {
                self.speak(1);
                let mut out = [0; 160];
                mix.render(self.tick, |slot| self.voices.get(slot), &mut out);
                heard.extend(out);
            }
            heard
        }
    }

    /// Whose tones are in it.
    fn who(heard: &[i16]) -> Vec<usize> {
        (1..4).filter(|&n| share(heard, TONES[n]) > 0.02).collect()
    }

    #[test]
    fn a_listener_hears_whom_it_is_to_hear_and_nobody_else() {
        let (mut scene, mut mix) = (Scene::new(), Mix::new(None, Rate::Narrow, 0));
        let rows: [(Row, &[usize]); 5] = [
            (&[(ANN, 1.0)], &[ANN]),
            (&[(ANN, 1.0), (BO, 1.0)], &[ANN, BO]),
            (&[(ANN, 1.0), (BO, 1.0), (CAT, 0.5)], &[ANN, BO, CAT]),
            (&[(CAT, 1.0)], &[CAT]),
            (&[], &[]),
        ];
        let mut all = Vec::new();
        for (row, expected) in rows {
            mix.hear(row);
            let heard = scene.hear(&mut mix, 20);
            assert_eq!(who(&heard[160..]), expected);
            all.extend(heard);
        }
        // 350, 660 and 880 Hz together have slopes up to 7300; a click adds thousands
        assert!(largest_step(&all) < 7600, "{}", largest_step(&all));
        assert!(mix.is_empty());
    }

    #[test]
    fn a_gain_makes_a_voice_louder_or_softer() {
        let (mut scene, mut mix) = (Scene::new(), Mix::new(None, Rate::Narrow, 0));
        let mut power = |gain: f32| {
            mix.hear(&[(ANN, gain)]);
            let heard = scene.hear(&mut mix, 10);
            let loudest = heard[160..].iter().map(|s| s.unsigned_abs()).max().unwrap();
            f32::from(loudest) / LOUD
        };
        for gain in [1.0, 0.5, 0.1, 2.0] {
            assert!((power(gain) / gain - 1.0).abs() < 0.1, "{gain}");
        }
    }

    #[test]
    fn who_is_gone_at_once_leaves_no_click() {
        let (mut scene, mut mix) = (Scene::new(), Mix::new(None, Rate::Narrow, 0));
        mix.hear(&[(ANN, 1.0)]);
        let mut heard = scene.hear(&mut mix, 10);
        assert!(mix.forget(ANN) && !mix.forget(BO));
        heard.extend(scene.hear(&mut mix, 5));
        assert!(largest_step(&heard) < 2600, "{}", largest_step(&heard));
        assert_eq!(who(&heard[1600 + 160..]), [0; 0]);
    }

    #[test]
    fn it_tells_when_it_is_no_mix_any_more() {
        let (mut scene, mut mix) = (Scene::new(), Mix::new(Some(ANN), Rate::Narrow, 0));
        assert_eq!(mix.only(), Some(ANN));
        mix.hear(&[(ANN, 1.0), (BO, 1.0)]);
        assert_eq!(mix.only(), None);
        mix.hear(&[(ANN, 1.0)]);
        assert_eq!(mix.only(), None, "the other is still fading");
        scene.hear(&mut mix, 1);
        assert_eq!(mix.only(), Some(ANN));
        mix.hear(&[(ANN, 0.5)]);
        mix.settle();
        assert_eq!(mix.only(), None);
    }

    #[test]
    fn a_relayed_packet_goes_on_where_the_mix_ended() {
        let (mut scene, mut mix) = (Scene::new(), Mix::new(None, Rate::Narrow, 0));
        mix.hear(&[(ANN, 1.0)]);
        let mut heard = scene.hear(&mut mix, 10);
        // the relayed packet is ahead of the mix, by no whole number of periods
        let mut codes: Vec<u8> = sine(TONES[ANN], LOUD, scene.sent + 7, 160)
            .into_iter()
            .map(|sample| Law::A.encode(sample))
            .collect();
        mix.lead_into(&mut codes, Law::A);
        heard.extend(codes.iter().map(|&code| Law::A.decode(code)));
        assert!(largest_step(&heard) < 2600, "{}", largest_step(&heard));
    }

    #[test]
    fn loud_sums_are_bent_and_keep_their_order() {
        assert_eq!(limited(20_000.0), 20_000);
        assert_eq!(limited(-20_000.0), -20_000);
        let loud = [25_000.0, 32_000.0, 65_000.0, 1e9].map(limited);
        assert!(loud.windows(2).all(|w| w[0] < w[1]), "{loud:?}");
        assert!(loud[3] > 32_700 && limited(-1e9) < -32_700);
    }
}
