// Before the first paint: theme and language as this device last chose them.
(function () {
  try {
    var theme = localStorage.getItem('theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.setAttribute('data-theme', theme);
    var language = localStorage.getItem('language') || (navigator.language || 'en').slice(0, 2);
    document.documentElement.lang = language === 'es' ? 'es' : 'en';
  } catch {
    document.documentElement.lang = 'en';
  }
})();
