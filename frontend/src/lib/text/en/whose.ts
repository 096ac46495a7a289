// Whose account is open here, and what a link asks before it does anything.
export const whose = {
  here: 'Account: {name}',
  guest: 'Here as {name}, with no account',
  heading: 'The account of {name} is open here',
  lead: 'Is that you? If it is not, please sign out first. No words get lost.',
  goOn: 'Go on as {name}',
  notMe: 'That is not me: sign out',
  otherName: 'Come in with another name',
  seatHeading: '{name} is in the meeting on this phone',
  seatLead: 'Is that you?',
  seatNotMe: 'That is not me',
};
