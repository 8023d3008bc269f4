"""The little words of each language in Latin letters: who writes in it can hardly leave them out.

Names, places and typing slips look like any language to a reader of letters; none of them brings these words along.
"""

import re
from collections.abc import Mapping

_WORD = re.compile(r"[^\W\d_]+")

FEWEST = 2
"""So many different little words of a language must stand in a text that is taken to be in it."""

_ENGLISH = frozenset(
    """a about all and any are as at back be been but by can could do does for from had has have he her him his how i if
    in is it its me my no not now of off on one or our out please she so some that the their them then there they this
    to up us was we were what when where which who why will with would you your dont don didn t s ve m re ll""".split()
)

_LITTLE: Mapping[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "Albanian": """ai ajo asnjë ata atë çfarë dhe do duhet duke dua edhe është e faleminderit i jam
            janë jemi ju kam ka kemi këtë kjo ku më me mirë mos na ne nga nuk një për po por përshëndetje që sepse
            shumë si të unë ua vetëm""",
        "French": """a ai au aux avec bonjour ce cela ces cette chez dans de depuis des du elle en est et
            être fait il je jour la le les leur lui ma mais me merci mes mon n ne nos notre nous on ont ou où par pas
            personne plus pour qu que qui sa sans se ses si son sont sur très un une vos votre vous voudrais y""",
        "German": """aber als am an auch auf aus bei bin bitte da danke das dass dem den der des die doch
            ein eine einen einer er es für habe haben hallo hat ich ihr im in ist kann kein keine man mehr mein meine
            meiner mich mir mit möchte nach nicht noch nur oder seit sehr sich sie sind so und uns von vor war was
            wegen wenn wie wir wird zu zum zur""",
        "Hungarian": """a az ban be csak de egy el és ez ezt fel ha hanem hogy hol igen is itt jó kell
            kérem köszönöm le lehet már meg mert mi most még nagyon nap ne nem nincs ott óta önök senki szeretnék
            tisztelt van vagy vagyok volt""",
        "Italian": """a abbiamo ai al alla anche buongiorno c che chi ci come con cosa da dal dalla degli
            dei del della delle di e è era fare fatto gli grazie ha hanno ho i il in io la le lo ma mi mia mio molto
            ne nei nel nella nessuno no non o per perché più può quando quello questa questo sei senza si sono su sul
            tre tutti un una uno vorrei""",
        "Lithuanian": """ačiū ar aš ant apie bet buvo būti dar dėl gali ir iš į jau jei jie jis jūs kad kai
            kaip kas kur labai mano man mes mūsų nes nėra niekas noriu nuo o per po prašau prie su ta tai tik turi už
            yra jūsų""",
        "Polish": """ale ani bardzo bez bo być chcę chce co czy dla dlaczego do dobry dzień dziękuję gdzie
            i ich ja jak je jest jestem już ktoś który ma mam mi mnie moich moja moje mój mojego na nad nam nas nasz
            nie niech nikt nic o od oraz po pod proszę przed przez przy są się śmieci tak tam te tego ten to tu tych
            tylko u w we z za ze że żeby""",
        "Portuguese": """a à ainda ao as até bem bom boa com como da das de desde dia do dos e é ela ele em
            era essa esta está estou eu faz foi há isso isto já lhe mais mas me meu minha muito na não nada nas nem
            ninguém no nos nossa nosso o obrigado obrigada os ou para pela pelo por porque posso quando que quem
            quero são se sem ser sou sua tem tenho um uma você""",
        "Romanian": """a acum al am are as aș ați au bună că când care casă casa ce cu cum da dar de din
            domnule este eu fac fără fi fost foarte în in la le mai mă ma mea meu mi mulțumesc multumesc ne nimeni nu
            nostru o pe pentru rog să sa se și si sunt un unde una vă va vreau ziua""",
        "Slovak": """a aby ako ale alebo ani bez bol bola by byť chcem čo dobrý deň do ďakujem ho je ju k
            keď ktorý lebo len ma má mám mi moje môj na nám nás náš ne nie nič nikto o od po pre prečo pri prosím s
            sa si som sme sú ste to tri u už v vám vás veľmi viac za zo že""",
        "Somali": """aad ah aan aniga ayaa badan baan buu caruurtayda cid dadka dhan diyaar ee fadlan iga
            igu ilaa in inaan inay iska iyo kaa kale ka kama kasta ku kuma la laga lagu leh ma mahadsanid maya mid oo
            qaba si soo u uma waa waan waana waxa waxaan waxay wax weli welli xafiiska yahay""",
        "Spanish": """a al ahora algo buenas buenos como con cuando de del desde días donde dos el ella en
            es esa ese esta está este estoy favor fue gracias ha hace han hasta hay hola la las le les lo los más me
            mi mis muy nada nadie necesito ni no nos nuestra nuestro o para pero persona por porque puede que qué
            quién quiero se ser si sí sin sobre son soy su sus también te tengo tres un una usted y ya yo""",
        "Turkish": """ama artık bana ben benim bir biz bizim bu bunu çok çünkü da daha de değil diye en
            evet fakat gibi hala hayır hiç her için ile ilgili istiyorum iyi kadar kimse lütfen mı mi ne neden o
            olarak olan oldu onu sabah günaydın sonra şey şikayet şu teşekkürler üç var ve veya ya yok yıl""",
        "Vietnamese": """anh bà bạn bị cảm các chào chị cho chúng có con của cũng đã đang đây đến đi được
            em gì giờ hàng không là lại làm mà một muốn này nào người nhà nhưng như những ở ơn ra rác rất rồi sẽ tại
            thì theo tôi trong từ và về vì với xin""",
        "Welsh": """a â ac ag am ar at beth bod bore byddaf byddwch chi chwi cael dim diolch does doedd dw
            dwi ei eich ein efo eisiau ers er eu ewch gael ffordd fod fy fydd fyddwch gan gen gennyf gwneud gyda heb
            hefyd hi hoffwn hwn hyn i iawn isio iddyn ie ichi mae maent maen mai mewn mi mis na nad nawr nhw ni nid
            nos o oedd oes os pam pan prynhawn pryd rhoi rwy rwyf rydw rydym rydyn roedd roeddwn sut sydd sy syr tair
            dair tri un wedi wedyn wnes wnewch wrth wythnos y yma yn yna yr ydw ydych yw yng""",
    }.items()
}


def brings_its_words(text: str, language: str) -> bool:
    """Does a text hold little words of this language, and no fewer than English ones? True where none are known."""
    own = _LITTLE.get(language)
    if own is None:
        return True
    words = [word.lower() for word in _WORD.findall(text)]
    found = [word for word in words if word in own]
    return len(set(found)) >= FEWEST and len(found) >= sum(word in _ENGLISH for word in words)
