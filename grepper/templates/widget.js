// Shows messages where it is embedded. Attributes of the script element choose which.
(function () {
  'use strict';

  var root = {{ root }};
  var names = ['user', 'package', 'category', 'topic', 'order', 'rows_per_page', 'page', 'size'];

  var script = document.currentScript || document.querySelector('script#datagrepper-widget');
  if (!script) return;
{%- if css %}

  var styles = {{ app_path }};
  link(styles + '/static/css/bootstrap.css');
  link(styles + '/static/css/raw.css');
{%- endif %}

  script.insertAdjacentHTML('beforebegin', '<div id="datagrepper-widget"></div>');
  var place = script.previousElementSibling;

  var parameters = { order: 'desc', chrome: 'false' };
  names.forEach(function (name) {
    var value = script.getAttribute('data-' + name);
    if (value !== null && value !== '') parameters[name] = value;
  });

  request({
    url: root + '/v2/search?meta=url&meta=app_icon&meta=agent_avatar&meta=summary&meta=date',
    dataType: 'jsonp',
    data: parameters,
    success: show
  });

  // Asks for JSON. `jsonp` loads it as a script, which sites may do that we do not know of;
  // otherwise the embedding site must be among those that may fetch.
  function request(options) {
    var url = options.url;
    Object.keys(options.data).forEach(function (name) {
      url += '&' + encodeURIComponent(name) + '=' + encodeURIComponent(options.data[name]);
    });
    if (options.dataType !== 'jsonp') {
      fetch(url, { headers: { Accept: 'application/json' } })
        .then(function (answer) { return answer.json(); })
        .then(options.success);
      return;
    }
    var name = 'datagrepper_' + Date.now() + '_' + Math.floor(Math.random() * 1e9);
    var loader = document.createElement('script');
    window[name] = function (answer) {
      delete window[name];
      loader.remove();
      options.success(answer);
    };
    loader.src = url + '&callback=' + name;
    document.head.appendChild(loader);
  }

  function show(answer) {
    var list = element('ul', 'list-group');
    answer.raw_messages.forEach(function (message) {
      list.appendChild(card(message));
    });
    place.appendChild(list);
  }

  function card(message) {
    var meta = message.meta || {};
    var item = element('li', 'list-group-item');
    var picture = web(meta.app_icon) || web(meta.agent_avatar);
    if (picture) {
      var image = element('img', 'picture');
      image.src = picture;
      image.alt = '';
      item.appendChild(image);
    }
    var summary = element(web(meta.url) ? 'a' : 'span', 'summary', meta.summary || message.topic);
    if (web(meta.url)) summary.href = meta.url;
    item.appendChild(summary);
    item.appendChild(element('small', 'date', meta.date));
    return item;
  }

  function element(name, className, text) {
    var made = document.createElement(name);
    made.className = className;
    if (text) made.textContent = text;
    return made;
  }

  // The address if it leads to the web.
  function web(address) {
    return /^https?:\/\//i.test(address || '') ? address : null;
  }
{%- if css %}

  function link(address) {
    var made = document.createElement('link');
    made.rel = 'stylesheet';
    made.href = address;
    document.head.appendChild(made);
  }
{%- endif %}
})();
