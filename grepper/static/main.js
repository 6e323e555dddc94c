// Small conveniences; everything can be reached without them.
'use strict';

// Back to where the reader came from, rather than to a fresh search.
document.querySelectorAll('a.back').forEach(function (link) {
  link.addEventListener('click', function (event) {
    if (document.referrer.startsWith(location.origin + '/') && history.length > 1) {
      event.preventDefault();
      history.back();
    }
  });
});
