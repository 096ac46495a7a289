// The worksheet `entry`, version 1: one person on the amends list. A change of wording is a
// new version, never an edit of this one.
export const sheets = {
  entry: {
    version: 1,
    fields: {
      nick: { label: 'A short name only you know', hint: '' },
      tie: {
        label: 'Who are they to you?',
        hint: '',
        options: {
          partner: 'Partner or ex',
          parent: 'Parent',
          child: 'Child',
          family: 'Other family',
          friend: 'Friend',
          work: 'Boss or co-worker',
          group: 'Business or group',
          me: 'Me',
          other: 'Someone else',
        },
      },
      did: { label: 'What I did', hint: 'Keep it short. Leave out crimes.' },
      kinds: {
        label: 'What kind of harm?',
        hint: 'Pick any that fit.',
        options: { trust: 'Trust', feelings: 'Feelings', money: 'Money or things', body: 'Body', time: 'Time and care', work: 'Work or school', name: 'Good name', other: 'Other' },
      },
      hurt: { label: 'How it may have hurt them', hint: '' },
      part: { label: 'My part only, not theirs', hint: '' },
      reach: {
        label: 'Can they be reached?',
        hint: '',
        options: { yes: 'Yes', unknown: 'I do not know where', died: 'They died', unsafe: 'Not safe to look', me: 'It is me' },
      },
      willing: { label: 'How willing am I?', hint: '', options: { no: 'Not now', maybe: 'Maybe', mostly: 'Mostly', yes: 'Yes' } },
      time: { label: 'When?', hint: '', options: { now: 'Now', later: 'Later', maybe: 'Maybe never', unsure: 'Not sure' } },
      done: { label: 'Have I done something about it?', hint: '', options: { no: 'No', some: 'Some', yes: 'Yes' } },
    },
    contact: 'You do not need this here. Numbers, addresses and e-mail of the person can stay out.',
  },
};
