"""The words that mail servers write where a mail did not arrive: lower case, in the languages that reach a council."""

SUBJECTS = (
    "undeliver", "delivery status", "delivery failure", "delivery_failure", "delivery notification", "delivery report",
    "delivery has failed", "delivery failed", "delivery problem", "delivery error", "delivery delayed",
    "delivery unsuccessful", "delivery attempt", "delivery incomplete", "delivery subsystem",
    "failure notice", "failure notification", "failed mail", "failed delivery", "failed to deliver",
    "mail fail", "mail delivery", "mail system error", "mail error", "could not be delivered", "couldn't be delivered",
    "not be delivered", "not delivered", "message delivery", "message status", "message delayed", "mail delayed",
    "returned mail", "return mail", "returned e-mail", "returned email", "returned to sender", "returned message",
    "e-mail error", "error sending your mail", "non-delivery", "nondelivery", "nondeliverable", "non delivery",
    "unable to deliver", "could not send message", "cannot be delivered", "can't be delivered", "bounced",
    "[bounce]", "banned file", "unknown user", "user unknown", "mailbox full", "mailbox is full", "quota exceeded",
    "unsolicited bulk", "message you sent blocked", "message blocked", "rejected", "address unknown",
    "unzustellbar", "nicht zustellbar", "nicht zugestellt", "zustellung fehlgeschlagen", "unzustellbarkeit",
    "non remis", "non-remis", "non distribu", "échec de la remise", "échec de livraison", "notification d'échec",
    "non recapitabile", "mancato recapito", "recapito non riuscito", "non consegnato",
    "no se puede entregar", "no entregado", "error de entrega", "devuelto al remitente", "no se pudo entregar",
    "não entregue", "não foi possível entregar", "falha na entrega", "devolvida ao remetente",
    "onbestelbaar", "niet te bezorgen", "niet afgeleverd", "olevererbar", "ulevert", "ikke leveret", "ikke levert",
    "kan inte leverera", "toimittamaton", "niedostarcz", "nie można dostarczyć", "nie dostarczono", "zwrot poczty",
    "nedoručitelné", "nedoručiteľn", "kézbesíthetetlen", "nelivrabil", "nepristatyt", "nepiegādā", "ni ellir danfon",
    "ni ellid danfon", "недоставлен", "не удается доставить", "не доставлен", "не доставлено", "teslim edilemedi",
    "αδύνατη η παράδοση",
    "未配信", "配信不能", "配信できません", "配信失敗", "送信エラー",
    "无法投递", "退信", "無法傳遞", "無法送達", "배달되지",
)  # fmt: skip

STRONG_SUBJECTS = (
    "undeliver", "returned mail", "delivery failure", "delivery status", "mail system error", "failure notice",
    "non-delivery", "mail delivery", "failed mail", "message undeliver", "delivery notification", "returned to sender",
)  # fmt: skip
"""How a server's own subject begins; beside a role's address it is enough."""

MACHINE_WORDS = (
    "the message that you sent", "we had trouble delivering your message", "this message was created automatically",
    "this is an automatically generated", "this is the mail",
    "the original message was received", "i'm sorry to have to inform you", "i wasn't able to deliver",
    "i was unable to deliver", "hi. this is the", "your message did not reach", "delivery has failed to",
    "delivery to the following recipient", "the following message to", "a message that you sent",
    "the following address", "the following recipient", "permanent fatal error", "transcript of session",
    "your message could not be delivered", "your message couldn't be delivered", "your message wasn't delivered",
    "this message was undeliverable", "unable to deliver message to", "reason for the failure", "mail delivery agent",
    "mailer-daemon", "error message from", "error message below", "sorry, we were unable to deliver",
    "undeliverable message", "undeliverable mail", "user not listed", "not listed in public", "failed addresses",
    "had delivery problems", "full details follow", ">>> rcpt to", "<<< 5", "final-recipient:",
    "delivery failed to", "failed recipient",
    "your mail sent on", "unknown user:", "user unknown", "mailbox does not exist",
    "the mail system", "mail delivery error",
)  # fmt: skip
"""With one of these a server opens its report; a person who tells of a report has other words first."""

ROLE_WORDS = (
    *MACHINE_WORDS, "could not be delivered to", "couldn't be delivered to", "was not delivered to",
    "wasn't delivered to", "the message you sent", "the email you sent", "your mail message", "could not be sent",
    "error occurred while", "unable to be delivered", "trouble delivering", "attempted to deliver",
)  # fmt: skip
"""With these only a role's mail is a report: people tell so of bins and letters."""

FULL_MAILBOX = (
    "mailbox full", "mailbox is full", "mailbox for user is full", "inbox is full", "inbox full", "over quota",
    "overquota", "over the quota", "quota exceeded", "exceeded storage", "exceeded its quota", "exceeds quota",
    "exceed the quota", "out of storage", "mailbox size limit", "mailbox exceeds", "disk quota", "not enough storage",
    "insufficient space", "storage allocation", "mailbox has exceeded", "exceeded mailbox", "exceeded his/her quota",
    "5.2.2", "5.2.3", "5.3.4", "5.4.7", "greylist", "graylist", "grey listed", "try again later", "try later",
    "temporarily", "temporary failure", "will be retried", "will continue to be attempted", "will keep trying",
    "no action is required", "message is delayed", "warning message only", "has not yet been delivered",
    "message too large", "message size exceeds", "message exceeds maximum",
)  # fmt: skip
"""What passes by itself: a full mailbox, a greylist, a delay, one mail that was too large. The address still works."""

LASTING_WORDS = (
    "unknown", "no such", "does not exist", "doesn't exist", "not exist", "not found", "not listed", "invalid",
    "disabled", "no mailbox", "inactive", "permanent", "no longer", "couldn't find any host", "not a valid",
    "unrouteable", "unroutable", "doesn't have an account",
    "suspended", "couldn't be found", "wasn't found", "undeliverable address",
)  # fmt: skip

TELLING = (
    *ROLE_WORDS, *LASTING_WORDS[:4], "could not be delivered", "couldn't be delivered", "could not deliver",
    "unable to deliver", "cannot be delivered", "can't be delivered", "not delivered", "not been delivered",
    "wasn't delivered", "undeliverable", "undelivered", "delivery failed", "delivery has failed", "failed to deliver",
    "permanent error", "mailbox unavailable", "mailbox full", "mailbox is full", "over quota", "quota exceeded",
    "below this line is a copy", "generating server", "not listed", "rejected your message", "has been rejected",
    "was rejected", "account has been disabled", "considered unsolicited bulk", "considered spam", "returned message",
    "not reach the following", "no longer valid", "not a valid recipient", "delivery attempts", "message was blocked",
    "has been blocked", "banned file", "contains a virus", "unknown address error", "recipient rejected",
    "konnte nicht zugestellt", "nicht zugestellt werden", "unzustellbar", "n'a pas pu être", "n'a pas été remis",
    "impossible de remettre", "non remis", "no se ha podido entregar", "no se pudo entregar", "no fue entregado",
    "non è stato possibile", "impossibile recapitare", "não foi possível", "kon niet worden", "kunde inte levereras",
    "kunne ikke leveres", "nie mogła zostać dostarczona", "nie została dostarczona", "nie można dostarczyć",
    "ni ellid danfon", "не может быть доставлено", "не было доставлено", "не доставлено",
    "配信でき", "配信されませんでした", "届きませんでした", "无法投递", "无法送达", "無法傳遞",
)  # fmt: skip
