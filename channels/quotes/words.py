"""The words by which mail programs mark older mail, footers and notices, in the languages that reach a council.

Nothing but tables: another language or another mail program is another word here. All words are in lower case.
"""


def _phrases(table: str) -> tuple[str, ...]:
    return tuple(" ".join(phrase.split()) for phrase in table.split("|"))


OPENINGS = frozenset(
    """
    on le la el am vom il em op den på pe dne dňa ar în on: w vào vào- na u dana kl στις в во a az ngày pada em:
    """.split()
)
"""Words that an attribution begins with: "On Monday, Anne wrote:"."""

WROTE = _phrases("""
    wrote | writes | sent | schrieb | a écrit | a ecrit | écrivait | ha scritto | scrisse | escribió | escribio |
    escreveu | va escriure | schreef | geschreven | skrev | skrifaði | kirjoitti | kirjutas | pisze |
    napisana przez | napisał | napisała | napisał(a) | napisał/a | napsal | napsala | napsal(a) | napísal |
    napísala | napísal(a) | napisao | napisala | napisao/la | je napisao/la | je napisal | rašė | parašė |
    rakstīja | írta | ezt írta | a scris | написал | написала | написал(а) | пишет | писал | написа | пише |
    έγραψε | yazdı | şunları yazdı | ysgrifennodd | đã viết | menulis | ditulis | scríobh | sgrìobh | 写道 | 寫道 | 写
    | 님이 작성 | 작성 | のメッセージ | 書きました | كتب | כתב | نوشته است
""")
"""Verbs that an attribution ends with, or has before the name."""

FIELDS = {
    "from": """
        from von de da van fra från od lähettäjä kimden от od: oddi_wrth o feladó expéditeur expediteur
        desde odesílatel 发件人 寄件者 差出人 保낸사람 from(发件人) de_la ó
        """.split(),
    "sent": """
        sent gesendet envoyé envoyé_le envoye enviado enviada inviato verzonden sendt skickat wysłano wysłane
        lähetetty gönderilen gönderme_tarihi отправлено anfonwyd odesláno odoslané elküldve trimis 发送时间
        已发送 送信日時 message_du
        """.split(),
    "date": """
        date datum data fecha dato päivämäärä дата dyddiad dáta tarih dátum 日期 日付 sent_date päiväys
        päivä
        """.split(),
    "to": """
        to an à a para aan til till do vastaanottaja kime кому at komu címzett către 收件人 宛先
        destinataire destinatario destinatário pour per voor
        """.split(),
    "subject": """
        subject betreff objet sujet oggetto asunto assunto onderwerp emne ämne temat aihe konu тема
        pwnc předmět predmet tárgy subiect 主题 主旨 件名 re ábhar
        """.split(),
    "cc": """
        cc bcc copie copie_à copia kopie kopia kopi копия copi dw 抄送 reply-to antwort_an importance
        priority wichtigkeit importancia attachments anlagen organization organisation resent-from
        x-mailer
        """.split(),
    "form": """
        name full_name message comment comments phone telephone tel mobile address postcode post_code enquiry details
        location neges enw ffôn cyfeiriad your_message message_body
        """.split(),
}
"""Names of the fields that a mail program repeats above the older mail, by the role they have; "_" for a space.

Where a "form" field stands among them, a web form wrote the block, and it is what the mail says.
"""

MESSAGE = """
    message nachricht meddelelse besked melding mensaje mensagem messaggio bericht meddelande wiadomość
    viesti сообщение сообщения письмо üzenet zpráva správa mesaj neges 邮件 郵件 メッセージ 메시지 appointment
    e-mail email mail berichten
    """.split()
"""What a divider calls the mail below it."""

ORIGINAL = """
    origin ursprüngl oprindelig opprinnelig ursprung oorspronkelijk исходн оригинал eredeti původní
    pôvodn orijinal gwreiddiol alkuperäinen oryginal reply antwort réponse respuesta previous 原始 元の 원본
    """.split()
"""Stems that say, beside a word for mail, that what is below is being answered."""

FORWARDED = """
    forward weitergeleit réexpédi transféré transfer reenviad encaminh inoltrat doorgestuurd videresend
    vidarebefordr przekaz пересыл переслан továbbít přeposlan preposlan iletil anfonwyd ymlaen välitetty
    redirecționat 转发 轉寄 転送
    """.split()
"""Stems that say, beside a word for mail, that what is below is passed on."""

FORWARD_LINES = _phrases("""
    begin forwarded message | anfang der weitergeleiteten nachricht | anfang der weitergeleiteten e-mail |
    début du message réexpédié | début du message transféré | inicio del mensaje reenviado |
    início da mensagem encaminhada | inizio messaggio inoltrato | begin doorgestuurd bericht |
    start på vidarebefordrat meddelande | videresendt besked | начало переадресованного сообщения
""")
"""Dividers of Apple's programs, which stand without dashes."""

ABOVE_THIS_LINE = _phrases("""
    reply above this line | type your reply above | write above this line | reply above the line |
    type above this line | ymatebwch uwchben y llinell hon | répondez au-dessus de cette ligne |
    antworten sie oberhalb dieser linie
""")
"""What help desks put above a mail that is to be answered."""

SENT_FROM = _phrases("""
    sent from | this message was sent from | this email was sent from | this e-mail was sent from | msg sent via |
    sent via | sent with | sent by | sent using | sent on | composed on | get outlook for | download outlook for |
    gesendet von | gesendet mit | von meinem | diese nachricht wurde von | envoyé de | envoyé depuis |
    envoyé à partir de | envoyé avec | télécharger outlook pour | enviado desde | enviado de | enviado do |
    enviado a partir | enviado con | obtener outlook para | obter o outlook para | inviato da | inviato dal |
    scarica outlook per | verzonden vanaf | verstuurd vanaf | verzonden met | outlook voor | sendt fra |
    skickat från | lähetetty | wysłane z | wysłano z | pobierz outlooka dla | отправлено с | отправлено из |
    odesláno z | odoslané z | trimis de pe | küldve | iphone'umdan gönderildi | anfonwyd o | cafodd ei anfon o |
    从我的 | 发自我的 | 發自我的 | iphoneから送信 | 나의 iphone
""")
"""What a device's or a program's own footer begins with."""

DEVICES = frozenset(
    """
    iphone ipad ipod apple iwatch samsung galaxy android blackberry huawei honor nokia htc sony xperia lg pixel
    xiaomi redmi oppo oneplus motorola moto lumia windows outlook yahoo gmail hotmail aol bt proton protonmail
    mail mailbox smartphone phone mobile mobiltelefon handy tablet device mobil móvil celular téléphone telefon
    telefono tel thunderbird sparrow typeapp acompli spark k-9 fairemail zimbra mailbird polymail superhuman
    bluemail airmail canary verizon vodafone ee o2 three tesco virgin talktalk sky myphone ios kindle chromebook
    sailfish workspace webmail email.com app workmail tutanota ffôn zoho newton front missive titan
    """.split()
)
"""What such a footer names."""

NOTICES = _phrases("""
    yahoo mail: search | virus-free. | this email has been checked for viruses |
    this e-mail has been checked for viruses | this email was scanned | this email has been scanned |
    this e-mail has been scanned | this message has been scanned | scanned by mailscanner |
    please consider the environment before printing | think before you print | caution: this email originated |
    caution: external | caution - external | warning: this email originated |
    warning: this email came from outside | external email: | this email originated from outside |
    rhybudd: daeth yr e-bost hwn | you received this message because you | you are receiving this because you |
    you're receiving this because you | to unsubscribe from this | to post to this group | for more options, visit
    | to view this discussion on the web | visit this group at | reply to this email directly
""")
"""Paragraphs that begin so were put there by a machine."""

LEGAL = (
    "this email|this e-mail|this message|this communication|this transmission|e-bost hwn|diese e-mail|ce message|"
    "this information|the information contained|the information in this|the contents of this|the sender",
    "confidential|gyfrinachol|vertraulich|confidentiel",
    "intended|bwriadu|bestimmt",
    "recipient|addressee|addressed|cyfeiriwyd|empfänger|destinataire",
    "privileged|legally protected|legal privilege",
    "in error|by mistake|drwy gamgymeriad|irrtümlich|par erreur",
    "notify|advise the sender|inform the sender|contact the sender|let us know|return e-mail|rhowch wybod",
    "delete|destroy|ddileu|löschen|détruire",
    "unauthori|prohibited|not permitted|strictly forbidden|unlawful",
    "disclos|disseminat|distribut|copying|copied|forwarding",
    "attachment|files transmitted|atodiadau",
    "virus|malware|malicious",
    "liability|liable|responsibility for|responsible for any|warrant",
    "freedom of information|data protection|privacy notice|monitored|lawful business|recorded for",
    "views expressed|opinions expressed|necessarily represent|views or opinions",
    "registered office|registered in england|company number|registered number",
)
"""What a legal notice speaks of. A paragraph that speaks of several at once is one."""

PROSE = frozenset("because since as and so is was are were where when which but if while that i we he she they".split())
"""Words that no footer of a device holds."""

LIST_SIGNS = ("mailman/listinfo", "-unsubscribe@", "+unsubscribe@", "googlegroups.com/", "list-manage.com")
"""What stands in a mailing list's footer."""

PERSONAL = frozenset("i my me mine i'm i've i’m i’ve myself fi fy".split())
"""Words that no legal notice holds."""

PRONOUNS = frozenset(
    """
    I we We he He she She they They you You your Your my My our Our his His her Her me us them who
    """.split()
)
"""Words of people, which no program writes into an attribution."""

TYPED = PRONOUNS | frozenset("and that the The a A an An this This these These those Those it It".split())
"""The same and more: a name may hold them, so they only count where there is no address."""
