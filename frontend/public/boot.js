// Before the first paint: theme and language as this device last chose them; quick exit, which works
// before the app has loaded; and the way back through the history of a tab that a person left: it
// leads to the neutral site again after quick exit, and to the sign-in page after a sign-out.
(function () {
  var root = document.documentElement;
  try {
    var left = sessionStorage.getItem('left') || (sessionStorage.getItem('out') && '/sign-in');
    var way = performance.getEntriesByType('navigation')[0];
    if (left && way && way.type === 'back_forward') {
      root.hidden = true;
      location.replace(left);
    } else sessionStorage.removeItem('left');
  } catch {
    // a browser that keeps nothing has nothing to hide
  }

  // The same as leaveNow in lib/signin/exit, while that is not there yet; boot.test.ts compares them.
  function leave() {
    var neutral = 'https://www.weather.gov';
    root.hidden = true;
    document.title = ' ';
    try {
      neutral = localStorage.getItem('neutral') || neutral;
      localStorage.removeItem('numbers');
      localStorage.removeItem('resume');
      localStorage.setItem('exit', String(Date.now()));
    } catch {
      // the rest still happens
    }
    try {
      var owed = (localStorage.getItem('goodbye') || '').split(' ').filter(function (g) {
        return g && g !== '/auth/quick-exit';
      });
      localStorage.setItem('goodbye', owed.concat('/auth/quick-exit').join(' '));
    } catch {
      // the rest still happens
    }
    try {
      fetch('/api/v1/auth/quick-exit', { method: 'POST', credentials: 'same-origin', keepalive: true }).catch(function () {});
    } catch {
      // the goodbye is pending
    }
    try {
      var shared = localStorage.getItem('in') === 'shared';
      ['resume', 'in', 'used', 'roomed'].forEach(function (key) {
        localStorage.removeItem(key);
      });
      if (shared) localStorage.setItem('untidy', '1');
      Object.keys(sessionStorage).forEach(function (key) {
        if (!/^(agenda:|stage$)/.test(key)) sessionStorage.removeItem(key);
      });
      sessionStorage.setItem('out', '1');
      sessionStorage.setItem('left', neutral);
    } catch {
      // a browser that keeps nothing has nothing to hide
    }
    location.replace(neutral);
  }

  // Shift three times in a row, from the first moment on, also when the page is loaded again in
  // between. The app answers `leave` once it is there.
  var PRESSED = 'pressed';
  var times = [];
  try {
    times = (sessionStorage.getItem(PRESSED) || '').split(' ').filter(Boolean).map(Number);
    sessionStorage.removeItem(PRESSED);
  } catch {
    // only presses in this document count
  }
  addEventListener('keydown', function (e) {
    if (e.repeat) return;
    times = e.key === 'Shift' ? times.slice(-2).concat(performance.timeOrigin + e.timeStamp) : [];
    if (times.length === 3 && times[2] - times[0] < 1500 && dispatchEvent(new Event('leave', { cancelable: true }))) leave();
  });
  addEventListener('pagehide', function () {
    try {
      if (times.length && !root.hidden) sessionStorage.setItem(PRESSED, times.join(' '));
    } catch {
      // only presses in this document count
    }
  });

  try {
    var theme = localStorage.getItem('theme');
    if (theme === 'light' || theme === 'dark') root.setAttribute('data-theme', theme);
    var language = localStorage.getItem('language') || (navigator.language || 'en').slice(0, 2);
    root.lang = language === 'es' ? 'es' : 'en';
  } catch {
    root.lang = 'en';
  }
})();
