"""The words of automatic replies, read receipts and forms: lower case, in the languages that reach a council."""

AWAY_TITLES = (
    "automatic reply", "automated reply", "automatic response", "automated response", "autoreply", "auto-reply",
    "auto reply", "auto response", "auto-response", "autoresponse", "autoresponder", "auto-responder", "autorespond",
    "out of office", "out of the office", "out-of-office", "vacation reply", "vacation message", "ooo:", "[ooo]",
    "ateb awtomatig", "ymateb awtomatig", "allan o'r swyddfa", "i ffwrdd o'r swyddfa", "automatische antwort",
    "abwesenheitsnotiz", "abwesenheit", "nicht im büro", "außer haus", "réponse automatique", "reponse automatique",
    "message d'absence", "absence du bureau", "absent du bureau", "respuesta automática", "respuesta automatica",
    "fuera de la oficina", "risposta automatica", "fuori sede", "fuori ufficio", "resposta automática",
    "resposta automatica", "fora do escritório", "automatisch antwoord", "afwezigheid", "odpowiedź automatyczna",
    "automatyczna odpowiedź", "autoodpowiedź", "poza biurem", "automatická odpověď", "automatická odpoveď",
    "automatiskt svar", "autosvar", "automatisk svar", "fraværsmelding", "ikke til stede", "automaattinen vastaus",
    "automatikus válasz", "răspuns automat", "otomatik yanıt", "automatinis atsakymas", "automātiska atbilde",
    "automaatvastus", "automatski odgovor", "samodejni odgovor", "автоматический ответ", "автоответ",
    "автоматична відповідь", "автоматичен отговор", "αυτόματη απάντηση",
    "自动回复", "自動回覆", "自動返信", "自動応答", "不在通知",
    "자동 회신", "תשובה אוטומטית", "رد تلقائي",
)  # fmt: skip
"""How mail programs begin the subject of an automatic reply."""

AWAY_SUBJECTS = (
    "i am away", "i'm away", "away from the office", "away from office", "away from my mail", "away message", "away:",
    "on vacation", "on annual leave", "annual leave", "on leave", "on holiday", "abwesend", "afwezig", "nieobecność",
    "poissa", "frånvaro", "fravær", "thank you for your email", "thank you for contacting",
    "thanks for contacting", "we have received your", "we've received your", "your message has been received",
    "acknowledgement of your",
)  # fmt: skip
"""How people begin it, for automatic replies and for complaints: a header must tell."""

AWAY_INSIDE = (
    "is out of the office", "is out of office", "is currently out of", "is on annual leave", "is on vacation",
    "(automatic reply)", "(autoreply)", "(auto-reply)", "(auto reply)", "(out of office)", "(vacation)",
)  # fmt: skip
"""What stands further back in such a subject: the person's name, or the answered subject, comes first."""

AWAY_TEXTS = (
    "out of office", "out of the office", "away from the office", "away from my desk", "i am away", "i'm away",
    "i will be away", "i am currently away", "currently out of", "on annual leave", "on leave", "on holiday",
    "on vacation", "maternity leave", "paternity leave", "sick leave", "i will be back", "i'll be back", "back on",
    "i am on", "i will return", "i'll return", "return to the office", "will reply on my return", "when i return",
    "upon my return", "limited access to", "no access to my", "not be checking", "intermittent access",
    "no longer work", "has left the", "no longer employed", "no longer with", "no longer in use", "not monitored",
    "unmonitored", "automatic reply", "automated reply", "automated response", "automatic response",
    "automatically generated", "automatic acknowledgement", "automated acknowledgement", "autoreply", "auto-reply",
    "auto reply", "auto-response", "do not reply to this", "please do not respond", "we have received your",
    "we've received your", "has been received", "thank you for your email", "thank you for your e-mail",
    "thank you for contacting", "thanks for your email", "thanks for contacting", "thank you for your message",
    "we aim to respond", "we will respond", "we will reply", "ateb awtomatig", "i ffwrdd", "allan o'r swyddfa",
    "ar wyliau", "diolch am eich", "abwesend", "nicht im büro", "außer haus", "nicht erreichbar", "im urlaub",
    "in urlaub", "bin ab", "wieder im", "vielen dank für ihre", "absent", "en congé", "en vacances", "de retour",
    "merci pour votre", "fuera de la oficina", "de vacaciones", "ausente", "gracias por", "fuori ufficio",
    "fuori sede", "in ferie", "assente", "fora do escritório", "de férias", "afwezig", "niet aanwezig", "met verlof",
    "vakantie", "poza biurem", "nieobecn", "na urlopie", "urlop", "dziękuję za", "dziękujemy za", "nepřítom",
    "dovolen", "semester", "tillbaka", "inte på kontoret", "ferie", "fravær", "ikke på kontoret", "tilbake", "poissa",
    "lomalla", "szabadság", "concediu", "izinde", "izindeyim", "atostog", "отпуск", "отсутств", "відпуст",
    "άδεια", "休假", "不在", "休暇", "自動返信", "부재", "휴가",
)  # fmt: skip

READ_SUBJECTS = (
    "read:", "read receipt", "not read:", "delivered:", "relayed:", "return receipt", "disposition notification",
    "delivery receipt", "gelesen:", "ungelesen", "zugestellt:", "lesebestätigung", "lu :", "lu:", "non lu", "remis :",
    "accusé de réception", "leído:", "confirmación de lectura", "letto:", "lida:", "lido:", "gelezen:",
    "leesbevestiging", "leesbewijs", "przeczytano:", "potwierdzenie odczytu", "potwierdzenie przeczytania",
    "přečteno:", "läst:", "lest:", "læst:", "luettu:", "elolvasva:", "citit:", "okundu:", "прочтено:", "прочитано",
    "darllenwyd:", "derbynneb darllen", "已读", "開封済み",
)  # fmt: skip

READ_TEXTS = (
    "was read on", "has been read", "was displayed", "has been displayed", "was deleted without being read",
    "this is a receipt for the mail", "this is a return receipt", "return receipt for the mail", "was opened on",
    "wurde gelesen", "wurde am", "angezeigt", "gelesen am", "a été lu", "a été affiché", "lu le", "fue leído",
    "se leyó", "è stato letto", "foi lida", "foi lido", "gelezen op", "werd gelezen", "zostało przeczytane",
    "została przeczytana", "została wyświetlona", "byla přečtena", "lästes", "ble lest", "blev læst", "luettiin",
    "was successfully delivered", "has been delivered to", "was delivered to", "successfully relayed", "darllenwyd",
    "successfully sent to",
)  # fmt: skip

AUTOMATIC_TEXTS = (
    "this is an automated", "this is an automatic", "automatically generated", "do not reply to this",
    "please do not respond to this", "this mailbox is not monitored",
)  # fmt: skip

INVITATION_ANSWERS = (
    "accepted", "declined", "tentative", "accepted this invitation", "has accepted", "has declined", "zugesagt",
    "abgelehnt", "accepté", "refusé", "aceptado", "rechazado", "derbyniwyd", "zaakceptowa",
)  # fmt: skip

FORM_LABELS = (
    "name", "full name", "first name", "last name", "surname", "your name", "email", "e-mail", "email address",
    "your email", "phone", "telephone", "mobile", "phone number", "telephone number", "contact number", "address",
    "postcode", "message", "your message", "comments", "comment", "details", "description", "complaint", "subject",
    "enquiry", "location", "report", "enw", "ebost", "neges", "category", "reply to", "reported by", "title", "from",
)  # fmt: skip
"""What stands before the colon in a mail that a web form has written for a person."""

COMPLAINING = (
    "complain", "i am writing", "i'm writing", "i want to report", "i wish to", "i would like to", "i'd like to",
    "dear sir", "dear council", "dear madam", "to whom it may concern", "my bin", "my house", "my home", "my flat",
    "my street", "my road", "my landlord", "my mother", "my mum", "my father", "my dad", "my son", "my daughter",
    "my child", "my neighbour", "my car", "my rent", "my council tax", "my benefit", "my application", "pothole",
    "fly-tipping", "fly tipping", "missed collection", "not been collected", "please help", "i need help", "cwyno",
    "cwyn ", "housing officer", "social worker", "noise nuisance", "i am not happy", "i am unhappy", "disgusted",
    "has reported", "report from a resident", "reported by", "constituent", "on behalf of", "how are", "how do",
    "does anyone", "can anyone", "i have a question", "could you please",
)  # fmt: skip
"""What a person says to a council, also through somebody else's form: with one of these a mail is not put down."""
