// What a page needs that talks to a wallet: nothing else is done by scripts.
import * as clock from "./clock.js";
import * as forms from "./forms.js";
import * as pending from "./pending.js";
import * as wallet from "./wallet.js";

clock.start();
forms.start();
pending.start();
wallet.start();
