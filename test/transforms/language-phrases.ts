// What customers write, by the language it is in; all of it was made up for the tests, none of it is anybody's.

const lines = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** Phrases of one language each. Short ones are there on purpose. */
export const PHRASES: { readonly [language: string]: readonly string[] } = {
  en: lines(`
    Where is my order?
    The app crashes every time I open it
    I want a refund please
    My card was charged twice
    Delivery took three weeks and nobody called
    Great service, thank you so much
    How can I change my address?
    The item arrived broken
    I have been waiting for two hours
    Please cancel my subscription
    Your agent was very helpful
    It does not work on my phone
    Can you send me an invoice for last month?
    I never received the package
    The size is wrong and the colour too
    Why was my account locked?
    The driver was rude to my mother
    Is there a branch near the airport?
    I love the new design of the app
    The promo code is not working
    Nobody answers the phone
    This is the third time I write to you
    I would like to speak to a manager
    Payment failed but the money left my account
    We ordered two and got one
    Wrong item delivered
    Password reset email not received
    Fast shipping and good packaging
    Terrible experience, will not buy again
    Internet keeps dropping at night
    The food was cold when it came
    Refund still pending since 12 March
    Do you ship to Jeddah?
    My number is 5 digits short on the bill
    Order 4521 arrived 2days late
    Need help with login
    Thanks for the quick reply
    The update broke everything
    Stop sending me messages
    You guys are amazing
    Where can I find my loyalty points?
    The quality is good but the price is too high
  `),
  fr: lines(`
    Où est ma commande ?
    Je voudrais être remboursé
    L'application ne s'ouvre plus
    Le livreur n'est jamais venu
    Bonjour, je n'ai pas reçu mon colis
    Merci beaucoup pour votre aide
    Le produit est arrivé cassé
    Comment changer mon adresse ?
    Service client injoignable depuis trois jours
    J'ai été débité deux fois
    Très déçu par la qualité
    Je souhaite annuler mon abonnement
    La connexion coupe tous les soirs
    Excellent accueil, je recommande
    Pourquoi mon compte est-il bloqué ?
    Impossible de me connecter
    Le code promo ne fonctionne pas
    Livraison rapide et soignée
    On m'a envoyé la mauvaise taille
    Votre conseiller était très aimable
    Quand vais-je recevoir ma facture ?
    C'est la troisième fois que j'écris
    Toujours aucune réponse de votre part
    Je veux parler à un responsable
    Mauvaise expérience, plus jamais
    Le plat était froid
    Avez-vous une boutique à Casablanca ?
    Mot de passe oublié
    Paiement refusé alors que le compte est débité
    Il manque un article dans mon colis
    Les prix ont encore augmenté
    Merci pour la rapidité
    Le site est trop lent
    Problème de réseau chez moi
    Je ne comprends pas cette facture
    Bravo pour la nouvelle version
    Aucun technicien n'est passé
    Remboursement toujours en attente
    Veuillez rappeler demain matin
    La couleur ne correspond pas à la photo
    Nous avons attendu deux heures
    Je suis satisfaite du service
  `),
  fa: lines(`
    سفارش من هنوز نرسیده است
    برنامه باز نمی‌شود
    لطفا پول من را برگردانید
    از کارت من دو بار کم شده
    خیلی ممنون از پشتیبانی خوب شما
    محصول شکسته رسید
    چطور می‌توانم آدرس را عوض کنم؟
    سه روز است که منتظرم
    چرا حساب من مسدود شده؟
    کیفیت خیلی بد بود
    قیمت‌ها خیلی بالا رفته
    پیک بی‌ادب بود
    کد تخفیف کار نمی‌کند
    رمز عبورم را فراموش کرده‌ام
    اینترنت شب‌ها قطع می‌شود
    بسته‌بندی عالی بود
    کسی جواب تلفن را نمی‌دهد
    می‌خواهم با مدیر صحبت کنم
    غذا سرد بود
    اندازه اشتباه است
    از خریدم راضی هستم
    دیگر از شما خرید نمی‌کنم
    پرداخت انجام نشد ولی پول کم شد
    آیا در تهران شعبه دارید؟
    فاکتور این ماه را بفرستید
    این سومین بار است که پیام می‌دهم
    ارسال سریع و به موقع
    رنگش با عکس فرق دارد
    نسخه جدید را دوست دارم
    لطفا اشتراک مرا لغو کنید
    یک کالا در بسته نبود
    هیچ تکنسینی نیامد
    سایت خیلی کند است
    پشتیبانی پاسخگو نیست
    بسیار عالی بود
    چند روز طول می‌کشد؟
    گوشی من خراب شد
    پول مرا پس بدهید
    دستتون درد نکنه
    مشکل من حل نشد
    تحویل دیر شد
    کجاست سفارش من؟
  `),
  ur: lines(`
    میرا آرڈر کہاں ہے؟
    ایپ نہیں کھل رہی
    مجھے رقم واپس چاہیے
    میرے کارڈ سے دو بار پیسے کٹ گئے
    آپ کی مدد کا بہت شکریہ
    سامان ٹوٹا ہوا ملا
    میں اپنا پتہ کیسے بدلوں؟
    تین دن سے انتظار کر رہا ہوں
    میرا اکاؤنٹ کیوں بند ہے؟
    معیار بہت خراب ہے
    قیمتیں بہت بڑھ گئی ہیں
    ڈرائیور نے بدتمیزی کی
    کوڈ کام نہیں کر رہا
    پاس ورڈ بھول گیا ہوں
    رات کو انٹرنیٹ بند ہو جاتا ہے
    پیکنگ بہت اچھی تھی
    کوئی فون نہیں اٹھاتا
    مجھے مینیجر سے بات کرنی ہے
    کھانا ٹھنڈا تھا
    سائز غلط ہے
    میں خریداری سے خوش ہوں
    آئندہ یہاں سے نہیں خریدوں گا
    ادائیگی ناکام ہوئی مگر پیسے کٹ گئے
    کیا لاہور میں آپ کی شاخ ہے؟
    اس مہینے کا بل بھیجیں
    یہ تیسری بار لکھ رہا ہوں
    ترسیل بہت تیز تھی
    رنگ تصویر سے مختلف ہے
    نیا ورژن پسند آیا
    میری رکنیت ختم کر دیں
    پیکٹ میں ایک چیز کم تھی
    کوئی ٹیکنیشن نہیں آیا
    ویب سائٹ بہت سست ہے
    جواب نہیں ملا
    بہترین سروس
    کتنے دن لگیں گے؟
    میرا فون خراب ہو گیا
    شکریہ بھائی
    مسئلہ حل نہیں ہوا
    بہت دیر سے پہنچا
    پیسے واپس کرو
    آپ لوگ کمال ہیں
  `),
  arabizi: lines(`
    wallah el khedma zift
    feen el order bta3i
    ana mesh 3aref a3mel login
    7abibi wen el tawsil
    el app msh btefta7
    shukran 3ala el mosa3da
    ma wesel el talab la7ad el an
    3ayez floosi
    barcha behi merci
    el mandoob et2akhar awi
    kteer mni7 el service
    leh ma 7ad yrod 3alayya
    yalla khalas ana za3lan
    ma 3ajabni el montag
    el se3r ghali awi
    inshallah yewsal bokra
    mish 3ayez dah
    badde rajje3 el product
    shu hal khedme el zift
    el talab naqes 7aga
    ma fi wala wa7ad yjaweb
    la2 ya akhi mish keda
    mashkoor akhoy ma gasart
    el internet bytfasal kol shwaya
    ana estanet sa3ten
    wein el fatoora
    kam yom ye5od el tawseel
    momtaz gedan
    3andi moshkela fel 7esab
    el akl kan bared
    a7san app fel balad
    ma bensa7 7ada yeshteri mennon
    wayed 7elo el design
    ba3d kam yom byewsal
    esh hal kalam
    makanch khedma behia
    ya3ni ma fi ay 7al
    el sowar 7aga wel wa2e3 7aga tanya
    etsalt beehom 5 marrat
    7asbi allah w ne3ma el wakeel
    khedme momtaze 3anjad
    kefak shu el akhbar
  `),
  mixed: lines(`
    ابغى refund للطلب order
    التطبيق ما يفتح معي في ios app
    عملت login وما اشتغل password
    please ردوا علي
    وين ال tracking number حق الشحنة
    ال delivery تأخر كثير very late
    service سيئة جدا never again
    Bonjour وين طلبي merci
    كود الخصم promo code not valid
    thank you شكرا لكم
    حاولت update للبرنامج وطلع error
    the driver ما رد على الجوال
  `),
  /** Arabic with the name of a product or two in it. */
  ar: lines(`
    طلبت iPhone ووصلني جهاز مستعمل من المتجر
    شاشة سامسونج Galaxy انكسرت بعد يومين من الاستلام
    خدمة STC سيئة في الحي عندنا من شهرين
    اشتركت في باقة نتفلكس عن طريق Netflix ولم تعمل حتى الآن
    الدفع عن طريق Apple Pay لا يعمل في تطبيقكم منذ التحديث الأخير
    تم الخصم من حساب PayPal ولم يصلني أي إيصال
    جهاز PS5 لا يعمل
    متى يتوفر HP عندكم
    الراوتر TP من شركتكم يفصل كل ساعة
    رقم الطلب ABC12345 لم يصل بعد
  `),
  ckb: lines(`
    داواکارییەکەم هێشتا نەگەیشتووە
    ئەپەکە ناکرێتەوە
    تکایە پارەکەم بۆ بگەڕێننەوە
    خزمەتگوزارییەکە زۆر خراپە
    زۆر سوپاس بۆ یارمەتیتان
    سێ ڕۆژە چاوەڕوانم
    بۆچی هەژمارەکەم داخراوە؟
    نرخەکان زۆر گرانن لێرە
    کەس وەڵام ناداتەوە
    شۆفێرەکە زۆر بێڕێز بوو
  `),
  de: lines(`
    Wo ist meine Bestellung geblieben?
    Ich möchte mein Geld zurück
    Die App stürzt ständig ab
    Das Paket kam beschädigt an
    Vielen Dank für die schnelle Hilfe
    Der Kundendienst antwortet nicht
    Meine Karte wurde zweimal belastet
    Das Essen war kalt und der Fahrer unfreundlich
    Wann bekomme ich meine Rechnung?
    Ich habe mein Passwort vergessen
  `),
  es: lines(`
    ¿Dónde está mi pedido?
    Quiero que me devuelvan el dinero
    La aplicación no funciona desde ayer
    El paquete llegó roto
    Muchas gracias por la ayuda
    Nadie contesta el teléfono
    Me cobraron dos veces con la tarjeta
    La comida estaba fría
    ¿Cuándo recibiré mi factura?
    Olvidé mi contraseña y no puedo entrar
  `),
  tr: lines(`
    Siparişim hâlâ gelmedi
    Paramı geri istiyorum
    Uygulama sürekli çöküyor
    Ürün kırık geldi
    Yardımınız için çok teşekkür ederim
    Kimse telefona cevap vermiyor
    Kartımdan iki kez para çekildi
    Yemek soğuktu ve kurye kabaydı
    Faturamı ne zaman alacağım?
    Şifremi unuttum, giriş yapamıyorum
  `),
  /** Indonesian and Malay are one to the detector. */
  ms: lines(`
    Pesanan saya belum sampai
    Saya ingin uang saya kembali
    Aplikasi tidak bisa dibuka sejak kemarin
    Barang datang dalam keadaan rusak
    Terima kasih banyak atas bantuannya
    Tidak ada yang menjawab telepon
    Kartu saya ditagih dua kali
    Makanannya dingin dan kurirnya tidak sopan
    Kapan saya menerima faktur?
    Saya lupa kata sandi
  `),
};

/** Text that nobody should guess at. */
export const UNTOLD: readonly string[] = lines(`
  xyzzy qwerty
  iPhone
  Samsung Galaxy
  Netflix Premium Plus
  asdf asdf asdf
  Mohammed Al Qahtani
  Talabat Noon Jahez
  ok
  SKU AB-1234-XL
  lol hahaha
`);

/** Modern Standard Arabic, as customers write it to a company. */
export const STANDARD: readonly string[] = lines(`
  أرغب في استرداد المبلغ الذي تم خصمه من حسابي
  لم يصل الطلب حتى الآن رغم مرور أسبوعين على الشراء
  نشكركم على حسن تعاونكم وسرعة استجابتكم
  أرجو تزويدي بنسخة من الفاتورة الخاصة بالشهر الماضي
  لا يعمل التطبيق منذ التحديث الأخير
  كانت تجربة سيئة ولن أتعامل معكم مرة أخرى
  متى سيتم إصلاح العطل في شبكة الإنترنت؟
  وصل المنتج مكسورا وأطلب استبداله في أقرب وقت
  تم إغلاق حسابي دون أي سبب واضح
  الموظف كان متعاونا جدا وأنهى المعاملة بسرعة
  أود إلغاء اشتراكي في الخدمة ابتداء من الشهر القادم
  لماذا ارتفعت الأسعار دون إشعار مسبق؟
  هذه هي المرة الثالثة التي أتواصل فيها معكم
  يرجى إفادتي بحالة الشحنة في أسرع وقت ممكن
  جودة المنتج ممتازة مقارنة بسعره
  لم أتمكن من تسجيل الدخول إلى حسابي
  قمت بالدفع ولم أستلم رسالة تأكيد
  هل يوجد فرع للشركة في مدينة الدمام؟
  الشركة لا ترد على الرسائل ولا على الاتصالات
  أقترح إضافة خيار الدفع عند الاستلام
`);

/** Dialects: Gulf, Egyptian, Levantine, Iraqi, Maghrebi. */
export const DIALECT: readonly string[] = lines(`
  ابغى فلوسي ترجع الحين مو بعدين
  وش ذا التطبيق اللي كل شوي يعلق
  والله ماني فاهم ليش كذا تسوون فينا
  الطلب لسه موصلش ومحدش بيرد عليا
  انا عايز اعرف الفلوس راحت فين
  ده ابليكيشن وحش اوي ومش بيفتح خالص
  شو هالخدمة يلي بتعصب الواحد
  ليش ما حدا عم يرد علينا من مبارح
  بدي رجع الغرض لأنو مش متل الصورة
  شكد راح ياخذ التوصيل هسه
  ماكو احد يجاوب عالتلفون شنو هالحالة
  علاش ماكانش خدمة مليحة عندكم بزاف غالية
  راني نستنى من البارح وحتى واحد ما جاوبني
  المندوب ما جاش وقفل السكة في وشي
  مره حلو التطبيق بس يبيله شوية تعديل
  يعني ايه تقفلوا حسابي كده من غير ما تقولوا
  شلون اغير العنوان مو راضي يتغير معاي
  كتير منيح الشغل يسلمو ايديكن
  ايش السالفة كل مرة تقولون بكرة بكرة
  الاكل كان بارد وملوش طعم خالص
`);
