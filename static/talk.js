// What the window on the wall and the speaker's window say to each other, and the words that both use.

const NAME = 'half-open-present';
// Windows of different versions do not understand each other, and need not try.
const VERSION = 1;

/// Joins a talk by its id, so that several talks on one machine do not mix; `hear` is called with what
/// the other window says. Gives a function to say something, and one to leave.
export function join(id, hear) {
  const channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }) => {
    if (data?.version === VERSION && data.id === id) hear(data);
  };
  const say = (kind, content = {}) => channel.postMessage({ version: VERSION, id, kind, ...content });
  return [say, () => channel.close()];
}

/// What keys do to what is on the stage: a key and a sentence, as far as it can be done now. Each line
/// of the text holds a key, `do` or `mend`, and to whom.
export function deeds(text) {
  const says = {
    a: { do: (whom) => `${whom}: all at once, and no jitter` },
    s: { do: (whom) => `${whom}: spread, with full jitter` },
    d: { do: (whom) => `${whom}: slow`, mend: (whom) => `${whom}: no longer slow` },
    n: { do: (whom) => `${whom}: lose the next response` },
  };
  const lines = text ? text.split('\n') : [];
  return lines.map((line) => {
    const [key, how, ...whom] = line.split(' ');
    return { key, label: says[key][how](whom.join(' ')), mends: how === 'mend' };
  });
}

/// The keys of a talk, for both windows: what each does. Those that are not `here` work only in the window
/// on the wall.
export const KEYS = [
  ['Page down', 'go on: to the end of what moves, to the answer, to the next step'],
  ['Page up', 'the step before'],
  ['B or .', 'a black screen, and back'],
  ['Space', 'play, pause'],
  ['← →', 'one event back, on'],
  ['1 … 9', 'choose an answer'],
  ['Z', 'one service from near, or all again; then ← → leads to the next one'],
  ['L', 'a bright point that follows the mouse, or the arrow keys'],
  ['U', 'undo'],
  ['F', 'full screen'],
  ['W', 'the speaker’s window'],
  ['Esc', 'leave: the point, what is seen from near, then the talk'],
];

/// Keys that the speaker's window passes on.
export const PASSED = [
  'pagedown', 'pageup', ' ', '.', 'b', 'arrowleft', 'arrowright', 'z', 'u',
  '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 's', 'd', 'n',
];
