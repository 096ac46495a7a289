import './lib/ui/tokens.css';
import './lib/ui/base.css';
import './lib/ui/places.css';
import './lib/ui/extra.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { text } from './lib/text/text.svelte';

text.begin();
const target = document.getElementById('app');
if (target) mount(App, { target });
