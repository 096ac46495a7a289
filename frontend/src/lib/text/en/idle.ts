// What is asked of somebody who has done nothing for long.
export const idle = {
  title: 'Are you still here?',
  text: 'You will be signed out in 2 minutes. Everything you wrote is kept.',
  stay: 'Stay signed in',
};
