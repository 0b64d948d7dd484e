// The yardstick of `mneme bench hooks`: what a hook in Node.js does for the same job at the least.
// Reads one event from stdin, prints `{}`, posts the event with plain `http`, and ends once it is
// handed to the system: it waits for no answer and knows nothing of what became of it.
'use strict';
const fs = require('fs');
const http = require('http');
const path = require('path');

const home = path.join(process.env.HOME, '.mneme');
const pieces = [];
process.stdin.on('data', (piece) => pieces.push(piece));
process.stdin.on('end', () => {
  const event = Buffer.concat(pieces);
  process.stdout.write('{}\n');
  const { port } = JSON.parse(fs.readFileSync(path.join(home, 'run', 'daemon.json'), 'utf8'));
  const token = fs.readFileSync(path.join(home, 'token'), 'utf8').trim();
  const request = http.request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    path: '/api/hooks/post-tool-use',
    headers: {
      Authorization: 'Bearer ' + token,
      'Content-Type': 'application/json',
      'Content-Length': event.length,
    },
  });
  request.on('error', () => {});
  request.end(event, () => process.exit(0));
});
