// The small words by which Latin script and Persian are told: frequent, short, and of one language as far as can be.

/** Small Persian words that are no Arabic words. */
export const PERSIAN =
  words(`است این برای که را از می نمی خیلی شما نیست چرا کنید کرد کردم شده هست بود ممنون سفارش دارد ندارد
  باید لطفا متشکرم یک های چه محصول خوب بد`);

export const ENGLISH =
  words(`the and is are was were you your this that have has had with not for but my they we it of to in
  what when where why how can could would please thanks thank hello hi dear order refund help need want still very good
  bad great service app never always i am do does did don't didn't can't won't it's i'm no yes`);

export const FRENCH =
  words(`le la les un une des du et est sont je vous nous il elle pas pour avec que qui dans mon votre
  bonjour merci très c'est j'ai mais sur ne commande service après depuis bien mauvais problème encore toujours au aux`);

export const ARABIZI =
  words(`wallah wallahi walla inshallah nshallah mashallah habibi habibti yalla khalas mish mesh msh mosh
  mafi mafish fein feen fen leh leih lesh laish shu shou eh ana enta enti enty inta inti ento kda keda kidaa kan kant
  bs bas awi awy gedan giddan jiddan kteer kter ktir zay zayy law lama lamma el elly elli illi ely w da dih aywa aiwa la2
  tamam helwa helw 7elw kwayes kwayis kowayes kwis barcha yesser zift zbala zebala shukran shokran mumtaz momtaz
  tab tayeb sa7 akid bgd begad mashkoor wayed marra mara wesh wesha ma3 ya akhi ykhrb moshkela mushkila mshkla mabrook`);

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/));
}
