export const about = {
  privacy: {
    heading: 'How privacy works here',
    points: [
      'Your pages are sealed on your device before they are sent. The server keeps a locked box it cannot open.',
      'Two keys open the box: your password, and the 12 words of your key card. We have neither.',
      'If you lose both, your pages are gone. Nobody can bring them back. Keep the card safe.',
      'Staff see your in-room name, your cohort, and when you were there. They never see your words.',
      'In the room, others see only the names of who speaks and who waits. The big screen shows no names.',
      'We can see that you write, when, and about how much. We cannot see what.',
      'Anyone who has your unlocked phone can read your pages. Use Quick exit, and lock your phone.',
      'Whoever sends you this app could send you a bad one. A page on the web cannot rule this out.',
      'Some things staff have to report by law, such as a child in danger. Leave crimes out of your pages.',
      'Nobody outside has checked this system yet.',
    ],
  },
  meeting: {
    guests: 'Guests',
    code: 'I have a code for a meeting',
    under: 'No account needed',
    back: 'Back to the meeting',
    kept: 'Pages on this phone',
    keptUnder: 'From a meeting you came to',
  },
  notFound: { heading: 'There is nothing here', lead: 'The address may be old.', home: 'Go to the start' },
};
