// Small conveniences; everything can be reached without them.
'use strict';

// The form is of use only where blank fields can be left out, and folded on screens that have no room beside it.
var wide = matchMedia('(min-width: 45rem)');
document.querySelectorAll('details.filters').forEach(function (filters) {
  filters.hidden = false;
  filters.open = wide.matches;
  wide.addEventListener('change', function () {
    filters.open = wide.matches;
  });
});

document.querySelectorAll('form.filter').forEach(function (form) {
  form.addEventListener('submit', function () {
    form.querySelectorAll('input').forEach(function (input) {
      if (input.type !== 'hidden') input.disabled = input.value.trim() === '';
    });
  });
});

// A page restored by the back button keeps fields disabled otherwise.
window.addEventListener('pageshow', function () {
  document.querySelectorAll('form.filter input').forEach(function (input) {
    input.disabled = false;
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
