// Shows messages where it is embedded. Attributes of the script element choose which.
(function () {
  'use strict';

  var root = {{ root }};
  var names = ['user', 'package', 'category', 'topic', 'agent', 'subject', 'contains', 'start', 'end', 'delta', 'order',
    'rows_per_page', 'page', 'size', 'not_user', 'not_package', 'not_category', 'not_topic', 'not_agent', 'not_subject'];

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
    success: show,
    error: fail
  });

  // Fetches JSON. Where that is not allowed, `jsonp` loads it as a script, which sites may do that we do not know of.
  function request(options) {
    var url = options.url + query(options.data);
    if (!window.fetch) return load(url, options);
    fetch(url, { headers: { Accept: 'application/json' } }).then(function (answer) {
      return answer.ok ? answer.json().then(options.success) : options.error();
    }, function () {
      if (options.dataType === 'jsonp') load(url, options);
      else options.error();
    }).catch(options.error);
  }

  function load(url, options) {
    var name = 'datagrepper_' + Date.now() + '_' + Math.floor(Math.random() * 1e9);
    var loader = document.createElement('script');
    function over(then) {
      return function (answer) {
        delete window[name];
        loader.remove();
        then(answer);
      };
    }
    window[name] = over(options.success);
    loader.onerror = over(options.error);
    loader.src = url + '&callback=' + name;
    document.head.appendChild(loader);
  }

  function query(data) {
    return Object.keys(data).map(function (name) {
      return '&' + encodeURIComponent(name) + '=' + encodeURIComponent(data[name]);
    }).join('');
  }

  function show(answer) {
    if (!answer.raw_messages.length) return say('empty', 'No messages yet.');
    var list = element('ul', 'list-group');
    answer.raw_messages.forEach(function (message) {
      list.appendChild(card(message));
    });
    place.appendChild(list);
    var asked = Object.assign({}, parameters);
    delete asked.chrome;
    var more = element('p', 'more');
    more.appendChild(leading('more', root + '/v2/search?' + query(asked).slice(1), 'All messages'));
    place.appendChild(more);
  }

  function fail() {
    say('failed', 'Messages could not be loaded.');
  }

  // In the words of the embedding site, if it has some.
  function say(what, text) {
    place.appendChild(element('p', what, script.getAttribute('data-' + what) || text));
  }

  function card(message) {
    var meta = message.meta || {};
    var item = element('li', 'list-group-item message-card');
    // Pictures tell their hosts who reads: only where the embedding site wants them.
    var picture = script.getAttribute('data-icons') === 'true' && (web(meta.app_icon) || web(meta.agent_avatar));
    if (picture) {
      var image = element('img', 'picture');
      image.src = picture;
      image.alt = '';
      item.appendChild(image);
    }
    var summary = meta.summary || message.topic;
    item.appendChild(web(meta.url) ? leading('summary', meta.url, summary) : element('span', 'summary', summary));
    var date = element('small', 'date datetime');
    date.appendChild(leading('', root + '/v2/id?is_raw=true&size=extra-large&id=' + encodeURIComponent(message.id), meta.date));
    item.appendChild(date);
    return item;
  }

  function leading(className, address, text) {
    var made = element('a', className, text);
    made.href = address;
    made.rel = 'noopener nofollow';
    return made;
  }

  function element(name, className, text) {
    var made = document.createElement(name);
    made.className = className;
    if (text) made.textContent = marked(text);
    // What a message says turns nothing around it.
    if (text) made.dir = 'auto';
    return made;
  }

  // The text with marks for what cannot be seen, or turns text around.
  function marked(text) {
    return text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ufff9\ufffb]/g, function (char) {
      var code = char.charCodeAt(0);
      return code < 32 ? String.fromCharCode(0x2400 + code) : '⟨U+' + ('000' + code.toString(16).toUpperCase()).slice(-4) + '⟩';
    });
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
