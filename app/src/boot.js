(js, wasm) =>
	import(js)
		.then(async (app) => {
			await app.default({ module_or_path: wasm });
			app.hydrate();
		})
		.catch((error) => {
			document.getElementById("not-loaded").hidden = false;
			console.error(error);
		})
