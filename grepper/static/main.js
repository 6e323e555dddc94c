// Small conveniences; everything can be reached without them.
'use strict';

// The form is unfolded where there is room beside it.
var wide = matchMedia('(min-width: 45rem)');
document.querySelectorAll('details.filters').forEach(function (filters) {
  filters.open = wide.matches;
  wide.addEventListener('change', function () {
    filters.open = wide.matches;
  });
});

// Back to where the reader came from, rather than to a fresh search.
document.querySelectorAll('a.back').forEach(function (link) {
  link.addEventListener('click', function (event) {
    if (document.referrer.startsWith(location.origin + '/') && history.length > 1) {
      event.preventDefault();
      history.back();
    }
  });
});
