import type { Notice } from '../../shared/notices.ts';

/** Two short notes: up for a question, down for a trouble, one for "finished". In hertz. */
const notes: Record<Notice['kind'], readonly number[]> = {
  request: [660, 880],
  trouble: [520, 390],
  finished: [784],
};
const noteSeconds = 0.12;
const loudness = 0.08;

let context: AudioContext | null = null;

/** Readies the sound with the first press of the user, before which browsers keep a page silent. */
export function prepareTone(): void {
  const ready = (): void => {
    if (typeof AudioContext === 'undefined') return;
    context ??= new AudioContext();
    if (context.state === 'suspended') void context.resume();
  };
  for (const event of ['pointerdown', 'keydown'] as const) window.addEventListener(event, ready, { once: true });
}

/** A tone that could not be heard at once says nothing any more. */
const staleMs = 500;

/** Plays a short tone, if the browser lets the page be heard. */
export function playTone(kind: Notice['kind']): void {
  if (typeof AudioContext === 'undefined') return;
  context ??= new AudioContext();
  const wantedAt = performance.now();
  const audio = context;
  if (audio.state === 'running') sound(audio, kind);
  else
    void audio.resume().then(() => {
      if (performance.now() - wantedAt < staleMs) sound(audio, kind);
    });
}

function sound(audio: AudioContext, kind: Notice['kind']): void {
  notes[kind].forEach((frequency, index) => {
    const oscillator = audio.createOscillator();
    const gain = audio.createGain();
    const at = audio.currentTime + index * noteSeconds;
    oscillator.frequency.value = frequency;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(loudness, at + 0.01);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + noteSeconds * 1.6);
    oscillator.connect(gain).connect(audio.destination);
    oscillator.start(at);
    oscillator.stop(at + noteSeconds * 1.7);
  });
}
