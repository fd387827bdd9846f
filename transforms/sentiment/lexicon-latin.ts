// Our own lists of English and Arabizi words and of emoji that praise or complain.

import type { Weighted } from './lexicon-arabic.ts';

export const LATIN_WORDS: Weighted = [
  [
    3,
    `excellent amazing awesome fantastic outstanding perfect perfectly wonderful brilliant superb incredible exceptional flawless
    love loved loving adore best delighted thrilled phenomenal terrific magnificent marvelous impeccable stellar unbeatable
    momtaz mumtaz momtaza mumtaza ra2e3 rae3 tohfa to7fa raw3a rawaa fazee3a 3azeem 3azim`,
  ],
  [
    2,
    `good great nice helpful friendly polite kind quick quickly fast smooth smoothly easy easily reliable happy glad pleased satisfied
    satisfying enjoy enjoyed enjoying enjoyable thank thanks thankful grateful appreciate appreciated recommend recommended
    professional clean comfortable convenient efficient responsive quality impressed impressive beautiful lovely cool delicious
    fresh tasty generous honest trusted trustworthy courteous seamless intuitive congratulations congrats bravo welcoming wow
    solved resolved fixed worth yay thx pleasant pleasantly attentive valuable gem
    helw 7elw 7elwa helwa kwayes kwayis kowayes kwayesa koways tamam meya mazboot gameel gamil jameel jamil gamila shokran shukran
    shokrn mashkoor mashkour mabsoot mabsout mabsota 3ajabni 3agabni a7la ahla tayeb tayyib zain zein mneeh mni7 mnee7 bravo
    kafo kafu yslmo yeslamo teslam tislam mabrook mabrouk 7abet habet`,
  ],
  [
    1,
    `fine ok okay decent fair affordable cheap better improved improving useful works working worked clear safe free support fun
    positive hope hopeful prompt promptly timely accurate correct smile smiling care caring habibi 7abibi inshallah`,
  ],
  [
    -1,
    `expensive pricey late waiting wait waited old missing unclear confusing confused unsure noisy crowded long hard difficult
    average mediocre overpriced limited lacking dated stuck pending unfortunately sorry doubt worried worry concern concerned
    cold stale hidden charged why ghali ghalya za7ma zahma`,
  ],
  [
    -2,
    `bad slow slowly poor poorly problem problems issue issues error errors bug bugs buggy broken broke break crash crashes crashed
    crashing fail failed fails failing failure wrong delay delayed delays lost lose damaged damage defective faulty dirty rude
    unhelpful unprofessional unacceptable unreliable unhappy upset angry annoyed annoying disappointed disappointing disappointment
    disappoint frustrated frustrating frustration complaint complain complaining complained ignored ignore ignoring cancelled
    cancel canceled useless pointless waste wasted wasting refuse refused rejected declined overcharged missed mistake mistakes
    nobody regret regretted boring bored sad sick tired uncomfortable smell smells smelly glitch glitches glitchy freezes freezing
    froze laggy lag spam misleading mislead mess messy inconvenient unfair unresponsive untrained careless neglected neglect avoid
    lied lies lie liar unsafe threat leaking
    we7esh wehesh wehsh we7sh wehsha we7sha wa7esh bayekh bayikh za3lan zaalan zahe2t zehe2t ta3ban ta3bt te3ebt moshkela mushkila
    moshkla mshkla mushkela mit2akher met2akher et2akhar t2akhar met2a5er bate2 bati2 batee2 kharban 5arban kharbana mish_sha8al
    mo2sef lel2asaf lil2asaf ghalat 8alat 3eib 7aram haram ghabi`,
  ],
  [
    -3,
    `terrible horrible awful worst horrendous disgusting disgusted disgrace disgraceful appalling pathetic atrocious dreadful scam
    scammers scammer scammed fraud fraudulent fraudsters thief thieves steal stealing stole stolen hate hated hates garbage trash
    rubbish crap shit shitty fuck fucking stupid idiot idiots nightmare joke ridiculous outrageous outrageously furious disaster
    abysmal cheat cheated cheaters criminals criminal shame shameful shameless insulting insulted rotten mouldy moldy cockroach
    cockroaches incompetent incompetence horrid vile filthy hacked
    zift zeft zefta zbala zebala zbela zobala haramy 7arami haramiya 7aramya 7aramia nassab nasab nassabin nasabeen kaddab kazab
    kaddabin kadab mo2ref m2ref mo2rif mu2rif 2araf araf ghash 8ash khara 5ara 7ayawan kaletha karsa kartha fashel fashla 7a2eer
    7asbi hasbi aswa2 aswa bakrah bakrahkom`,
  ],
];

export const LATIN_PHRASES: Weighted = [
  [
    3,
    `above and beyond|five stars|5 stars|10/10|highly recommend|highly recommended|keep it up|well done|top notch|second to none
    |life saver|works like a charm`,
  ],
  [
    2,
    `no problem|no problems|no issues|no issue|no complaints|no delay|on time|thank you|thanks a lot|as expected|value for money|very
    helpful|not bad|no worries|worth it|5/5|4/5`,
  ],
  [
    -2,
    `not working|does not work|doesn't work|doesnt work|dont work|don't work|stopped working|won't open|wont open|can't open|cant
    open|cannot open|can't login|cant login|cannot login|can't log in|cannot log in|no response|no reply|no answer|no one|still
    waiting|still no|still not|never arrived|not arrived|not received|never received|did not receive|didn't receive|have not received
    |haven't received|not worth|too expensive|too long|too slow|too much|over priced|money back|my money|where is my|fed up|let down
    |out of stock|no longer|not helpful|not happy|not good|not acceptable|charged twice|wrong item|bad experience|1/5|2/5
    |mesh sha8al|mish shaghal|mesh shaghal|msh sha8al|msh shaghal|mafish rad|ma wesel|mawselsh|lessa mawselsh|fein el order|wein el
    order|wen el order`,
  ],
  [
    -3,
    `never again|rip off|worst experience|worst service|zero stars|one star|1 star|want a refund|waste of money|waste of time
    |stay away|do not buy|don't buy|dont buy|do not recommend|don't recommend|would not recommend|wouldn't recommend|never
    recommend|legal action|customer disservice`,
  ],
];

export const LATIN_NEGATORS = `not no never none without isn't isnt wasn't wasnt aren't arent don't dont doesn't doesnt didn't didnt can't cant cannot
  won't wont wouldn't wouldnt couldn't couldnt haven't havent hasn't hasnt hardly barely neither nor nothing mesh mish msh mosh mush
  mo mu mafi mafish`;

export const LATIN_INTENSIFIERS = `very really so too extremely absolutely totally completely super highly incredibly such most awy awi gedan giddan jiddan
  jeddan ktir kteer kter ktiir wayed marra 5ales khales`;

export const LATIN_DIMINISHERS =
  'slightly somewhat little bit fairly quite rather kinda shwaya shway shwayet';

export const LATIN_CONTRASTS = 'but however although though except yet bas bs laken lakin';

/** Tears of laughter are left out: in Arabic tweets they mock as often as they laugh. */
export const EMOJI: Weighted = [
  [3, '😍 🥰 🤩 💯 🏆'],
  [
    2,
    '😊 ❤ 💕 👍 🌹 😘 💙 💚 💛 🧡 💜 😄 😃 😁 👏 🎉 ✨ 🌟 ⭐ 😇 🤗 💖 💗 💓 💞 💐 🌸 🌷 ☺ 😋 😌 💪 👌 ✅ 🙌 🥳 😎 ♥ 🤍 🫶 🌺 💘 😻',
  ],
  [1, '🙂 😉 🙏 🤝 😅'],
  [-1, '😐 😕 🤔 😬 😓 😥 😪 🙃 😏 🤦 🤷 😭'],
  [-2, '😢 😞 😔 💔 😒 🙄 😑 😩 😫 😖 😣 😟 ☹ 🙁 😰 😨 😱 😿 ❌ 🥺 🥲'],
  [-3, '😡 😠 🤬 👎 🤢 🤮 😤 💩 🖕'],
];
