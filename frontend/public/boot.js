// Before the first paint: theme and language as this device last chose them; and where quick exit
// was used in this tab, the way back through the history leads to the neutral site again.
(function () {
  try {
    var left = sessionStorage.getItem('left');
    var way = performance.getEntriesByType('navigation')[0];
    if (left && way && way.type === 'back_forward') {
      document.documentElement.hidden = true;
      location.replace(left);
    } else sessionStorage.removeItem('left');
  } catch {
    // a browser that keeps nothing has nothing to hide
  }
  try {
    var theme = localStorage.getItem('theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.setAttribute('data-theme', theme);
    var language = localStorage.getItem('language') || (navigator.language || 'en').slice(0, 2);
    document.documentElement.lang = language === 'es' ? 'es' : 'en';
  } catch {
    document.documentElement.lang = 'en';
  }
})();
