export const connection = {
  on: 'Connected',
  saved: 'Connected, saved {time}',
  off: 'Reconnecting. Please wait a moment.',
  write: 'Reconnecting. Keep writing, your words stay on this phone.',
  kept: { one: 'Reconnecting. {n} change is kept on this phone.', many: 'Reconnecting. {n} changes are kept on this phone.' },
  writeKept: {
    one: 'Reconnecting. Keep writing, {n} change is kept on this phone.',
    many: 'Reconnecting. Keep writing, {n} changes are kept on this phone.',
  },
  back: 'Back',
};
