const en = {
  turnOn: "Turn sound on",
  touch: "Touch to turn sound on",
  notHere: "Not here",
  on: "Sound of this dashboard is on",
  off: "Sound of this dashboard is off",
  voice: "Voice",
  target: "Where",
  message: "What to say",
  say: "Say it",
  saying: "Sending…",
  said: "On its way",
};

type SpeakerStrings = typeof en;

const de: SpeakerStrings = {
  turnOn: "Ton einschalten",
  touch: "Berühren, um den Ton einzuschalten",
  notHere: "Hier nicht",
  on: "Der Ton dieses Dashboards ist an",
  off: "Der Ton dieses Dashboards ist aus",
  voice: "Stimme",
  target: "Wo",
  message: "Was gesagt werden soll",
  say: "Sagen",
  saying: "Wird gesendet …",
  said: "Unterwegs",
};

/** Return the texts in a language, in English where there are none. */
export const speakerStrings = (language: string): SpeakerStrings => (/^de\b/i.test(language) ? de : en);
