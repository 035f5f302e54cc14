//! A speaker's packets made into an even flow of samples: an adaptive jitter buffer. Pure.
//!
//! Samples lie in a ring at the place that their timestamp gives them; a tick takes the next 10 ms.
//! Order, duplicates and packet lengths so need no thought of their own. What is missing when its
//! time has come is concealed. How early packets come before they are needed (`margins`) is
//! watched: too little of it, and the flow is stretched by a pitch period; more than is needed for a
//! while, and a period is left out. That also makes up for clocks that differ.

use crate::conceal::{self, best_lag, blend, likeness, Continuation, Past};
use crate::margins::Margins;
use crate::rate::Rate;

/// Samples at 8000 Hz, as all lengths here; at other rates it is as many more.
///
/// Half a second; a power of two.
const CAPACITY: usize = 1 << 12;
/// How far ahead of the ear a packet may be.
const AHEAD: i64 = 2400;
/// How long the flow may be delayed for late packets: 200 ms. What is later is lost.
const MAX_DELAY: i64 = 1600;
/// The delay with which a new source starts.
const START: i64 = 48;
/// Stands where no sample has come; what comes as it is heard as its neighbour.
const ABSENT: i16 = i16::MIN;
/// Samples in which one sound is led over to another: 5 ms.
const FADE: usize = 40;
/// Ticks from one stretch or cut to the next.
const REST: u32 = 4;

/// Ties a source's timestamps to places in the flow.
#[derive(Debug)]
struct Tie {
    source: u32,
    timestamp: u32,
    place: i64,
}

/// So much as one sound is led over to another in.
type Stretch = [i16; FADE * Rate::MOST];

/// The buffer of one speaker.
#[derive(Debug)]
pub struct JitterBuffer {
    /// Its rate in multiples of 8000 Hz.
    times: i64,
    rate: Rate,
    ring: Box<[i16]>,
    /// The place that is heard next.
    next: i64,
    /// The places before this are free of old samples.
    cleared: i64,
    /// The place behind the last sample that came.
    newest: i64,
    tie: Option<Tie>,
    margins: Margins,
    /// Delay to be added, or taken away if negative, in samples.
    wanted: i64,
    rest: u32,
    /// What is heard where samples are missing, and how far it is led over to those that came.
    continuation: Option<Continuation>,
    returned: usize,
    /// What would have been heard at the place left by a leap, and how much of it is used up.
    left: Stretch,
    leapt: usize,
    concealed: u64,
}

impl JitterBuffer {
    pub fn new(rate: Rate) -> JitterBuffer {
        JitterBuffer::after(Continuation::of_silence(), rate)
    }

    /// What is heard until the first samples come; it fades away.
    pub fn after(before: Continuation, rate: Rate) -> JitterBuffer {
        let times = rate.times() as i64;
        JitterBuffer {
            times,
            rate,
            ring: vec![ABSENT; CAPACITY * rate.times()].into_boxed_slice(),
            next: 0,
            cleared: AHEAD * times,
            newest: 0,
            tie: None,
            margins: Margins::none(times),
            wanted: 0,
            rest: 0,
            continuation: Some(before),
            returned: 0,
            left: [0; FADE * Rate::MOST],
            leapt: FADE * rate.times(),
            concealed: 0,
        }
    }

    /// Takes a packet: its samples, its speaker's numbering and timestamp. `elapsed`: samples
    /// since the last tick. It makes the margin independent of where between two ticks packets
    /// come, which clocks that differ move slowly from one to the other.
    pub fn put(&mut self, source: u32, timestamp: u32, samples: &[i16], elapsed: i64) {
        let place = self.place(source, timestamp, elapsed);
        let margin = place - self.next;
        if self.go_back(place) {
            self.note(-elapsed, false);
        } else {
            self.note(margin - elapsed, margin < 0);
        }
        self.lay(place, samples);
    }

    /// Takes what was waited for or made up; it says nothing about how early packets come.
    pub fn fill(&mut self, source: u32, timestamp: u32, samples: &[i16]) {
        let place = self.place(source, timestamp, 0);
        self.go_back(place);
        self.lay(place, samples);
    }

    /// A packet came so long after the last tick from which the missing one of that place can be had: it
    /// is as if that one had come itself, so late.
    pub fn miss(&mut self, source: u32, timestamp: u32, elapsed: i64) {
        if let Some(place) = self.known_place(source, timestamp) {
            let margin = place - self.next;
            self.note(margin - elapsed, margin < 0);
        }
    }

    /// Whether that place is heard with the next tick or was before; yes where it is not known.
    pub fn is_due(&self, source: u32, timestamp: u32) -> bool {
        self.known_place(source, timestamp)
            .is_none_or(|place| place < self.next + self.rate.frame() as i64)
    }

    /// The next 10 ms.
    pub fn take(&mut self, frame: &mut [i16]) {
        self.adapt();
        if !self.take_whole(frame) {
            for slot in frame.iter_mut() {
                *slot = self.sample();
                self.next += 1;
            }
        }
        self.clear(self.next + AHEAD * self.times);
    }

    /// Takes what lies there as it is, if all of it came and nothing is led over; whether it did.
    fn take_whole(&mut self, frame: &mut [i16]) -> bool {
        let at = self.slot(self.next);
        let Some(came) = self.ring.get(at..at + frame.len()) else {
            return false;
        };
        let is_led_over = self.continuation.is_some() || self.leapt < self.fade();
        // All are looked at, because that is done many at once.
        let is_whole = came.iter().fold(true, |whole, &it| whole & (it != ABSENT));
        if is_led_over || !is_whole {
            return false;
        }
        frame.copy_from_slice(came);
        self.next += frame.len() as i64;
        true
    }

    /// Frees the places before that one of old samples.
    fn clear(&mut self, until: i64) {
        let count = (until - self.cleared).max(0) as usize;
        let at = self.slot(self.cleared);
        match self.ring.get_mut(at..at + count) {
            Some(places) => places.fill(ABSENT),
            None => (self.cleared..until).for_each(|place| self.set(place, ABSENT)),
        }
        self.cleared = self.cleared.max(until);
    }

    /// Whether what comes is heard, not silence or a makeshift.
    pub fn is_flowing(&self) -> bool {
        self.continuation.is_none()
    }

    /// The last samples that came, the newest at the end.
    pub fn latest(&self) -> Past {
        self.history(self.newest)
    }

    /// The last samples that were heard.
    pub fn heard(&self) -> Past {
        self.history(self.next)
    }

    /// Samples that had to be made up because none came.
    pub fn concealed(&self) -> u64 {
        self.concealed
    }

    fn sample(&mut self) -> i16 {
        let came = self.get(self.next);
        if came == ABSENT {
            if self.continuation.is_none() {
                self.continuation = Some(Continuation::of(&self.history(self.next)));
            }
            self.returned = 0;
        }
        let Some(continuation) = self.continuation.as_mut() else {
            return self.after_leap(came);
        };
        let made = continuation.next_sample();
        if came == ABSENT {
            self.concealed += u64::from(!continuation.is_silent());
            self.set(self.next, made);
            return made;
        }
        self.returned += 1;
        if self.returned > self.fade() {
            self.continuation = None;
            return came;
        }
        let heard = blend(made, came, self.returned, self.fade() + 1);
        self.set(self.next, heard);
        heard
    }

    fn after_leap(&mut self, came: i16) -> i16 {
        let fade = self.fade();
        let Some(&left) = self.left.get(self.leapt).filter(|_| self.leapt < fade) else {
            return came;
        };
        self.leapt += 1;
        let heard = blend(left, came, self.leapt, fade + 1);
        self.set(self.next, heard);
        heard
    }

    /// Nothing came since: rather than lose it, what was waited for is heard now, whole.
    fn go_back(&mut self, place: i64) -> bool {
        let margin = place - self.next;
        if margin >= 0 || self.newest > self.next || margin < -MAX_DELAY * self.times {
            return false;
        }
        self.next = place;
        self.margins.shift(-margin);
        true
    }

    fn lay(&mut self, place: i64, samples: &[i16]) {
        for (at, &sample) in (place..self.cleared).zip(samples) {
            if at >= self.next {
                self.set(at, sample.max(ABSENT + 1));
            }
        }
        self.newest = self
            .newest
            .max((place + samples.len() as i64).min(self.cleared));
    }

    fn known_place(&self, source: u32, timestamp: u32) -> Option<i64> {
        let tie = self.tie.as_ref().filter(|tie| tie.source == source)?;
        let place = tie.place + i64::from(timestamp.wrapping_sub(tie.timestamp) as i32);
        let reach = -MAX_DELAY * self.times..AHEAD * self.times;
        reach.contains(&(place - self.next)).then_some(place)
    }

    /// Where a packet belongs.
    fn place(&mut self, source: u32, timestamp: u32, elapsed: i64) -> i64 {
        if let (Some(place), Some(tie)) = (self.known_place(source, timestamp), self.tie.as_mut()) {
            if place > tie.place {
                (tie.timestamp, tie.place) = (timestamp, place);
            }
            return place;
        }
        // A new source, or a clock that leapt: behind what is still to be heard.
        let place = (self.next + elapsed + START * self.times).max(self.newest);
        self.tie = Some(Tie {
            source,
            timestamp,
            place,
        });
        self.margins = Margins::none(self.times);
        self.wanted = 0;
        place
    }

    fn note(&mut self, margin: i64, is_late: bool) {
        match self.margins.note(margin, is_late) {
            Some(more) if more > 0 => self.wanted = self.wanted.max(more),
            Some(less) => self.wanted = less,
            None => {}
        }
    }

    /// Stretches or cuts by one pitch period, if that is wanted and cannot be heard.
    fn adapt(&mut self) {
        self.rest = self.rest.saturating_sub(1);
        let shortest = conceal::SHORTEST as i64 * self.times;
        let longest = conceal::LONGEST as i64 * self.times;
        if self.rest > 0 || self.continuation.is_some() || self.leapt < self.fade() {
            return;
        }
        let longest = match self.wanted {
            more if more > 0 => longest,
            less if less <= -shortest => (-less).min(longest),
            _ => return,
        };
        let direction = if self.wanted > 0 { -1 } else { 1 };
        let Some(here) = self.stretch_at(self.next) else {
            return;
        };
        let fade = self.fade();
        let lag = best_lag(shortest as usize..=longest as usize, |lag| {
            self.stretch_at(self.next + direction * lag as i64)
                .map_or(-2.0, |there| {
                    likeness(first(&here, fade), first(&there, fade))
                })
        });
        let Some(leap) = lag.map(|lag| direction * lag as i64) else {
            return;
        };
        if self.stretch_at(self.next + leap).is_none() {
            return;
        }
        self.left = here;
        self.leapt = 0;
        self.next += leap;
        self.margins.shift(-leap);
        let wanted = self.wanted + leap;
        // Too much was added rather than too little; that is no reason to cut.
        self.wanted = if direction < 0 { wanted.max(0) } else { wanted };
        self.rest = REST;
    }

    /// The samples from a place on, if all of them are there.
    fn stretch_at(&self, place: i64) -> Option<Stretch> {
        let mut samples = [0; FADE * Rate::MOST];
        for (at, slot) in (place..).zip(samples.iter_mut().take(self.fade())) {
            *slot = self.get(at);
        }
        (!samples.contains(&ABSENT)).then_some(samples)
    }

    /// The samples before a place.
    fn history(&self, place: i64) -> Past {
        let from = place - Past::len(self.rate) as i64;
        let samples = (from..place).map(|at| match self.get(at) {
            ABSENT => 0,
            sample => sample,
        });
        Past::of(self.rate, samples)
    }

    fn slot(&self, place: i64) -> usize {
        place as usize & (self.ring.len() - 1)
    }

    fn fade(&self) -> usize {
        FADE * self.rate.times()
    }

    fn get(&self, place: i64) -> i16 {
        let at = self.slot(place);
        self.ring.get(at).copied().unwrap_or(ABSENT)
    }

    fn set(&mut self, place: i64, sample: i16) {
        if let Some(slot) = self.ring.get_mut(self.slot(place)) {
            *slot = sample;
        }
    }
}

fn first(stretch: &Stretch, count: usize) -> &[i16] {
    stretch.get(..count).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::g711::Law;
    use crate::rate::NARROW_FRAME;
    use crate::testing::{hears_only, largest_step, sine, Dice};
    use proptest::prelude::*;

    const HZ: f32 = 440.0;
    const LOUD: f32 = 8000.0;
    /// 440 Hz of that amplitude has slopes up to 2765; a period of whole samples does not fit quite,
    /// and A-law has its steps. A click would be 8000 to 16,000.
    const EDGE: i32 = 4800;

    /// What is heard of a tone in packets of 20 ms over `seconds`, each so many ms late (None: lost),
    /// the speaker's clock being `ppm` fast.
    fn heard(
        seconds: usize,
        ppm: i64,
        mut late_ms: impl FnMut(usize) -> Option<u64>,
    ) -> (Vec<i16>, JitterBuffer) {
        let mut packets: Vec<(u64, usize)> = (0..seconds * 51)
            .filter_map(|n| {
                let sent = (n as i64 * 20_000 - n as i64 * 20_000 * ppm / 1_000_000) as u64;
                Some((sent + late_ms(n)? * 1000, n))
            })
            .collect();
        packets.sort_unstable();
        let mut packets = packets.into_iter().peekable();
        let mut buffer = JitterBuffer::new(Rate::Narrow);
        let mut flow = Vec::new();
        for tick in 0..seconds as u64 * 100 {
            while let Some((at, n)) = packets.next_if(|&(at, _)| at <= tick * 10_000 + 3000) {
                let elapsed = ((at + 7000).saturating_sub(tick * 10_000) * 8 / 1000) as i64;
                let samples: Vec<i16> = sine(HZ, LOUD, n * 160, 160)
                    .into_iter()
                    .map(|sample| Law::A.decode(Law::A.encode(sample)))
                    .collect();
                buffer.put(
                    1,
                    (n as u32).wrapping_mul(160).wrapping_sub(400),
                    &samples,
                    elapsed,
                );
            }
            let mut frame = [0; NARROW_FRAME];
            buffer.take(&mut frame);
            flow.extend(frame);
        }
        (flow, buffer)
    }

    #[test]
    fn an_even_stream_comes_out_as_it_went_in_thirteen_milliseconds_later() {
        let (flow, buffer) = heard(2, 0, |_| Some(0));
        let expected = sine(HZ, LOUD, 0, flow.len() - 104);
        for (at, (&heard, expected)) in flow[104..].iter().zip(expected).enumerate().skip(FADE) {
            assert!((i32::from(heard) - i32::from(expected)).abs() < 300, "{at}");
        }
        assert_eq!(buffer.concealed(), 0);
        assert!(largest_step(&flow) < EDGE);
    }

    #[test]
    fn loss_and_jitter_leave_the_tone_and_make_no_click() {
        // loss in percent, jitter in ms
        for (loss, jitter) in [(10, 0), (0, 60), (10, 60), (5, 20)] {
            let mut dice = Dice(7);
            let (flow, _) = heard(20, 0, |_| {
                let late = dice.up_to(jitter);
                (dice.up_to(100) >= loss).then_some(late)
            });
            let settled = &flow[8000 * 2..];
            assert!(hears_only(settled, HZ), "{loss} % lost, {jitter} ms");
            let step = largest_step(&flow);
            assert!(step < EDGE, "{loss} % lost, {jitter} ms: {step}");
        }
    }

    #[test]
    fn jitter_is_met_with_delay_and_calm_takes_it_back() {
        let mut dice = Dice(3);
        let (_, buffer) = heard(60, 0, |n| Some(if n < 500 { dice.up_to(80) } else { 0 }));
        let delay = buffer.newest - buffer.next;
        assert!(delay < 500, "{delay} samples of delay remain");
        let mut dice = Dice(3);
        let (_, shaken) = heard(60, 0, |_| Some(dice.up_to(60)));
        assert!(shaken.concealed() < 80 * 30, "{}", shaken.concealed());
    }

    #[test]
    fn clocks_that_differ_are_followed_without_a_gap() {
        for ppm in [-300, 300] {
            let (flow, buffer) = heard(600, ppm, |_| Some(0));
            assert!(buffer.concealed() < 80 * 3, "{ppm}: {}", buffer.concealed());
            assert!(buffer.newest - buffer.next < 800, "{ppm}");
            assert!(largest_step(&flow) < EDGE, "{ppm}: {}", largest_step(&flow));
        }
    }

    #[test]
    fn silence_between_words_fades_and_the_next_word_comes_in_softly() {
        let (flow, _) = heard(4, 0, |n| ((n / 50) % 2 == 0).then_some(0));
        assert!(largest_step(&flow) < EDGE);
        assert!(flow[8000 + 1600..15_900].iter().all(|&sample| sample == 0));
    }

    #[test]
    fn a_new_source_goes_on_behind_the_old_one() {
        let mut buffer = JitterBuffer::new(Rate::Narrow);
        let mut frame = [0; NARROW_FRAME];
        for (source, timestamp) in [(1, 0), (1, 160), (2, 3_000_000_000), (2, 3_000_000_160)] {
            buffer.put(source, timestamp, &[1000; 160], 0);
            for _ in 0..2 {
                buffer.take(&mut frame);
            }
            assert!(buffer.newest > buffer.next && buffer.newest - buffer.next < 400);
        }
    }

    proptest! {
        #[test]
        fn any_packets_are_harmless_and_the_delay_stays_bounded(
            packets in prop::collection::vec(
                (0..3u32, any::<u32>(), 0..1488usize, any::<bool>(), 0..5usize), 0..100)
        ) {
            let mut buffer = JitterBuffer::new(Rate::Narrow);
            let mut timestamp = 0u32;
            let mut frame = [0; NARROW_FRAME];
            for (source, leap, length, is_leap, ticks) in packets {
                timestamp = if is_leap { leap } else { timestamp.wrapping_add(160) };
                buffer.put(source, timestamp, &vec![ABSENT; length], 40);
                for _ in 0..ticks {
                    buffer.take(&mut frame);
                }
                prop_assert!(buffer.newest - buffer.next <= CAPACITY as i64);
                prop_assert!(!frame.contains(&ABSENT));
            }
        }
    }
}
