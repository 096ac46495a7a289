// The most common passwords of ten or more characters (from public lists of leaked ones),
// normalized for comparison: lower-case letters and digits only.

const COMMON = `1234567890 12345678910 0123456789 0987654321 1111111111 0000000000 9876543210 1q2w3e4r5t 1qaz2wsx3edc qwertyuiop
qwerty12345 qwertyuiop123 asdfghjkl1 q1w2e3r4t5y6 abcdefghij abc1234567 a123456789 password12 password123 password1234 password12345
password123456 passw0rd123 mypassword iloveyou123 iloveyou12 iloveyouforever letmein123 welcome123 welcome1234 superman123 batman1234
football123 baseball123 basketball liverpool1 manchester princess123 sunshine123 michael123 jessica123 charlie123 dragon12345 monkey12345
america123 jesuschrist godisgood1 godislove1 onedayatatime justfortoday easydoesit letgoandletgod serenityprayer sobriety123 recovery123
contrasena contrasena123 contraseña teamo12345 estrella123 mariposa123 barcelona1 realmadrid futbol1234 changeme123 administrator`.split(/\s+/);

export const isCommon = (password: string): boolean => {
  const plain = password
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
  return COMMON.includes(plain) || /^(.)\1+$/u.test(plain);
};
