//! The E-model (ITU-T G.107) with its default values: from loss, delay and codec to a rating and a
//! mean opinion score. Pure.

use crate::codec::Codec;

/// The rating of a perfect narrow-band connection with all default values (G.107 §7.7).
const BEST: f64 = 93.2;

/// What a codec does to the rating, and how well it bears loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Equipment {
    /// The equipment impairment factor Ie without loss.
    pub impairment: f64,
    /// The packet-loss robustness factor Bpl.
    pub robustness: f64,
    /// Each packet repeats the one before it, so that the last of every run of lost ones is there
    /// after all.
    pub repeats: bool,
}

impl Equipment {
    /// G.711 with concealment is tabulated in G.113, Appendix I, and L16 is concealed alike. G.722 and
    /// Opus have no values on the narrow-band scale: their robustness was measured beside G.711's as
    /// by P.834 (`tests/load/codec_speech.py`). Without loss they are as good as the scale goes, for
    /// what their coders cost, the wider band gives back. Of G.729 G.113 tabulates Annex A, which is
    /// what nearly everybody has.
    pub fn of(codec: Codec) -> Equipment {
        let (impairment, robustness) = match codec {
            Codec::G711(_) | Codec::L16 => (0.0, 25.1),
            Codec::G722 => (0.0, 17.0),
            Codec::Opus => (0.0, 7.0),
            Codec::G729 => (11.0, 19.0),
        };
        Equipment {
            impairment,
            robustness,
            repeats: codec == Codec::Opus,
        }
    }
}

/// How packets are lost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loss {
    /// Lost of all that were sent, 0 to 1.
    pub share: f64,
    /// BurstR: the mean length of a run of lost packets beside that of random loss; 1 or more.
    pub burst_ratio: f64,
}

/// The rating R, 0 to 93.2, with a mouth-to-ear delay in milliseconds.
pub fn rating(equipment: Equipment, loss: Loss, delay_ms: f64) -> f64 {
    let (share, burst_ratio) = (loss.share.clamp(0.0, 1.0), loss.burst_ratio.max(1.0));
    let Equipment {
        impairment,
        robustness,
        repeats,
    } = equipment;
    // Of packets that are repeated, those are missing whose next one is lost, too: how they are lost
    // is in their number then, and no ratio tells more of it.
    let one_of_each_run = (1.0 - share) / burst_ratio;
    let (percent, burst_ratio) = match repeats {
        true => (100.0 * share * (1.0 - one_of_each_run), 1.0),
        false => (100.0 * share, burst_ratio),
    };
    // G.107 (7-29)
    let effective =
        impairment + (95.0 - impairment) * percent / (percent / burst_ratio + robustness);
    (BEST - delay_impairment(delay_ms) - effective).clamp(0.0, BEST)
}

/// Idd of G.107 (7-27, 7-28): nothing up to 100 ms. Echo is assumed to be cancelled.
fn delay_impairment(delay_ms: f64) -> f64 {
    if delay_ms <= 100.0 {
        return 0.0;
    }
    let x = (delay_ms / 100.0).log2();
    let sixth = |value: f64| (1.0 + value.powi(6)).powf(1.0 / 6.0);
    25.0 * (sixth(x) - 3.0 * sixth(x / 3.0) + 2.0)
}

/// The mean opinion score of a rating (G.107 Annex B), 1 to 4.5.
pub fn opinion(rating: f64) -> f64 {
    if rating <= 0.0 {
        return 1.0;
    }
    let score = 1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 7e-6;
    score.clamp(1.0, 4.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::g711::Law;

    const A: Codec = Codec::G711(Law::A);

    fn rated(codec: Codec, percent: f64, burst_ratio: f64, delay_ms: f64) -> f64 {
        let loss = Loss {
            share: percent / 100.0,
            burst_ratio,
        };
        rating(Equipment::of(codec), loss, delay_ms)
    }

    fn near(value: f64, expected: f64, tolerance: f64) -> bool {
        (value - expected).abs() <= tolerance
    }

    #[test]
    fn ratings_are_those_of_the_recommendations() {
        // percent lost, burst ratio, delay, R. G.107's own: the default of 93.2. Delay: G.107
        // figure and G.114 (200 ms: 3 less; 400 ms: 23 less). Loss by (7-29) and G.113's Bpl.
        let rows = [
            (0.0, 1.0, 0.0, 93.2, 0.01),
            (0.0, 1.0, 100.0, 93.2, 0.01),
            (0.0, 1.0, 200.0, 90.2, 0.5),
            (0.0, 1.0, 400.0, 69.4, 1.0),
            (1.0, 1.0, 0.0, 89.56, 0.01),
            (5.0, 1.0, 0.0, 77.42, 0.01),
            (10.0, 1.0, 0.0, 66.13, 0.01),
            (10.0, 2.0, 0.0, 61.64, 0.01),
            (100.0, 1.0, 1e6, 0.0, 0.0),
        ];
        for (percent, burst_ratio, delay_ms, expected, tolerance) in rows {
            let rating = rated(A, percent, burst_ratio, delay_ms);
            assert!(
                near(rating, expected, tolerance),
                "{percent} %, {burst_ratio}, {delay_ms} ms: {rating}"
            );
        }
    }

    #[test]
    fn each_codec_bears_loss_in_its_own_way() {
        // at 0, 1 and 10 % by (7-29)
        let rows = [
            (A, [93.2, 89.56, 66.13]),
            (Codec::L16, [93.2, 89.56, 66.13]),
            (Codec::Opus, [93.2, 93.06, 81.33]),
            (Codec::G722, [93.2, 87.92, 58.01]),
            (Codec::G729, [82.2, 78.0, 53.23]),
        ];
        for (codec, expected) in rows {
            for (percent, expected) in [0.0, 1.0, 10.0].into_iter().zip(expected) {
                let rating = rated(codec, percent, 1.0, 0.0);
                assert!(
                    near(rating, expected, 0.01),
                    "{codec:?}, {percent} %: {rating}"
                );
            }
        }
    }

    #[test]
    fn what_the_next_packet_repeats_is_no_help_in_runs() {
        let [random, runs] = [1.0, 2.7].map(|ratio| rated(Codec::Opus, 10.0, ratio, 0.0));
        assert!(
            near(random, 81.33, 0.01) && near(runs, 46.86, 0.01),
            "{random}, {runs}"
        );
        assert!(near(rated(Codec::Opus, 100.0, 1.0, 0.0), 4.41, 0.01));
    }

    #[test]
    fn opinions_are_those_of_the_recommendation() {
        // G.107 Annex B, table B.1
        for (rating, expected) in [
            (93.2, 4.41),
            (90.0, 4.34),
            (80.0, 4.03),
            (70.0, 3.60),
            (60.0, 3.10),
            (50.0, 2.58),
            (0.0, 1.0),
        ] {
            assert!(
                near(opinion(rating), expected, 0.01),
                "{rating}: {}",
                opinion(rating)
            );
        }
    }

    #[test]
    fn worse_is_never_better() {
        let mut last = f64::MAX;
        for step in 0..200 {
            let rating = rated(A, f64::from(step) / 2.0, 1.5, f64::from(step) * 5.0);
            assert!(rating <= last);
            last = rating;
        }
    }
}
