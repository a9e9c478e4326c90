// SPDX-License-Identifier: GPL-2.0
'use strict';
const http = require('http');
const net = require('net');

const say = (name, ok) => console.log(`= ${name}: ${ok ? 'ok' : 'FAIL'}`);
const get = (port, host, agent, body) => new Promise((resolve) => {
	const request = http.request({ port, host, agent, method: body ? 'POST' : 'GET' }, (response) => {
		const parts = [];
		response.on('data', (part) => parts.push(part));
		response.on('end', () => resolve(Buffer.concat(parts)));
	});
	request.on('error', (error) => resolve(error));
	request.end(body);
});

async function on(host) {
	const server = http.createServer((request, response) => request.pipe(response));
	await new Promise((resolve) => server.listen(0, host, 500, resolve));
	const port = server.address().port;
	const big = Buffer.alloc(5 << 20, 'atcp');
	say(`body ${host}`, big.equals(await get(port, host, undefined, big)));
	const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
	let all = await Promise.all([...Array(100).keys()].map((n) => get(port, host, agent, Buffer.from(`${n}`))));
	say(`keep-alive ${host}`, all.every((text, n) => text.toString() === `${n}`));
	agent.destroy();
	all = await Promise.all([...Array(100).keys()].map((n) => get(port, host, false, Buffer.from(`${n}`))));
	say(`a connection each ${host}`, all.every((text, n) => text.toString() === `${n}`));
	server.close();

	const half = net.createServer({ allowHalfOpen: true }, (socket) => {
		let text = '';
		socket.on('data', (part) => { text += part; });
		socket.on('end', () => socket.end(`${text} to you`));
	});
	await new Promise((resolve) => half.listen(0, host, resolve));
	const answer = await new Promise((resolve) => {
		let text = '';
		const socket = net.connect({ port: half.address().port, host, noDelay: true, keepAlive: true }, () => socket.end('hello'));
		socket.on('data', (part) => { text += part; });
		socket.on('close', () => resolve(text));
	});
	say(`half-closed ${host}`, answer === 'hello to you');
	const port2 = half.address().port;
	await new Promise((resolve) => half.close(resolve));
	const refused = await new Promise((resolve) => net.connect(port2, host).on('error', (error) => resolve(error.code)));
	say(`refused ${host}`, refused === 'ECONNREFUSED');
}
on('127.0.0.1').then(() => on('::1'));
