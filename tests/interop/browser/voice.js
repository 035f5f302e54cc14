// What a page says and hears: a tone of its own in place of a microphone, and an ear that tells tones.

const SPOKEN_GAIN = 0.3;
// Quieter than this is silence; decibels of full scale.
const AUDIBLE_DB = -60;
const LOOK_MS = 50;

export class Voice {
  constructor() {
    this.context = new AudioContext();
    const mouth = this.context.createMediaStreamDestination();
    this.oscillator = this.context.createOscillator();
    const gain = this.context.createGain();
    gain.gain.value = SPOKEN_GAIN;
    this.oscillator.connect(gain).connect(mouth);
    this.oscillator.start();
    this.stream = mouth.stream;
    this.ear = this.context.createAnalyser();
    this.ear.fftSize = 8192;
    this.ear.smoothingTimeConstant = 0;
  }

  say(hz) {
    this.oscillator.frequency.value = hz;
    return this.context.resume();
  }

  // Hears a stream from now on, and nothing else.
  listen(stream) {
    this.source?.disconnect();
    // Chromium lets sound flow only while an element plays it, too.
    this.element ??= new Audio();
    this.element.srcObject = stream;
    this.element.muted = true;
    this.element.play().catch(() => {});
    this.source = this.context.createMediaStreamSource(stream);
    this.source.connect(this.ear);
  }

  // The loudest frequency now, in hertz; 0 in silence.
  tone() {
    const bins = new Float32Array(this.ear.frequencyBinCount);
    this.ear.getFloatFrequencyData(bins);
    let loudest = 0;
    for (let bin = 1; bin < bins.length; bin += 1) if (bins[bin] > bins[loudest]) loudest = bin;
    if (loudest === 0 || bins[loudest] < AUDIBLE_DB) return 0;
    return (loudest * this.context.sampleRate) / this.ear.fftSize;
  }

  // Until it hears that tone, ten looks in a row; what it heard instead when the time is over.
  async hears(hz, withinMs = 10000) {
    const until = performance.now() + withinMs;
    const seen = [];
    for (let row = 0; row < 10; ) {
      if (performance.now() > until) throw new Error(`heard ${seen.slice(-20)}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      const heard = Math.round(this.tone());
      seen.push(heard);
      row = Math.abs(heard - hz) < 15 ? row + 1 : 0;
    }
    return true;
  }

  // Whether it has heard nothing for so long.
  async isSilent(forMs) {
    const until = performance.now() + forMs;
    while (performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      if (this.tone() !== 0) return false;
    }
    return true;
  }
}
