"""HTML mail as readable text whose older parts are marked for the splitter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.quotes.quoted_text import split
from channels.reading.html_text import readable

OLD = "<p>Dear Ms Shaw,</p><p>Where exactly is it?</p>"
ATTRIBUTION = "On Mon, 23 Nov 2026 at 10:00, Council &lt;c@b.gov.uk&gt; wrote:"
BLOCK = (
    "<p><b>From:</b> Council &lt;c@b.gov.uk&gt;<br><b>Sent:</b> 23 November 2026 10:00<br>"
    "<b>To:</b> Anne Shaw<br><b>Subject:</b> Your bin</p>"
)

TOLD = f"<div>{ATTRIBUTION}</div>"

REPLIES = {
    "gmail": f"""<div dir="ltr">14 Elm Road</div><br><div class="gmail_quote gmail_quote_container">
        <div class="gmail_attr">{ATTRIBUTION}<br></div><blockquote class="gmail_quote">{OLD}</blockquote></div>""",
    "apple": f'14 Elm Road<div><br><blockquote type="cite">{TOLD}{OLD}</blockquote></div>',
    "iphone": f'<div>14 Elm Road</div><div>Sent from my iPhone</div><blockquote type="cite">{OLD}</blockquote>',
    "outlook": f"""<p class="MsoNormal">14 Elm Road</p>
        <div style="border:none;border-top:solid #E1E1E1 1.0pt">{BLOCK}</div>{OLD}""",
    "outlook on the web": f"""<div>14 Elm Road</div><div id="appendonsend"></div><hr>
        <div id="divRplyFwdMsg">{BLOCK}</div>{OLD}""",
    "outlook in an unknown language": f'<p>14 Elm Road</p><div id="divRplyFwdMsg"><b>Xyz:</b> Council</div>{OLD}',
    "yahoo": f'<div>14 Elm Road</div><div class="yahoo_quoted" id="yq1">{TOLD}{OLD}</div>',
    "thunderbird": f'14 Elm Road<div class="moz-cite-prefix">{TOLD}</div><blockquote type="cite">{OLD}</blockquote>',
    "proton": f'<p>14 Elm Road</p><div class="protonmail_quote">{TOLD}<blockquote>{OLD}</blockquote></div>',
    "zimbra": f'<div>14 Elm Road</div><hr id="zwchr"><div><b>From: </b>"Council" &lt;c@b.gov.uk&gt;</div>{OLD}',
}


@pytest.mark.parametrize("page", REPLIES.values(), ids=REPLIES.keys())
def test_an_answer_above_older_mail_is_all_that_is_said(page: str) -> None:
    said, quoted = split(readable(f"<html><body>{page}</body></html>"))
    assert said == "14 Elm Road"
    assert "Where exactly is it?" in quoted


def test_answers_between_quotations_are_said() -> None:
    page = (
        f'<p>{ATTRIBUTION}</p><blockquote type="cite">Where?</blockquote><p>Elm Road</p>'
        '<blockquote type="cite">When?</blockquote><p>On Tuesday</p>'
    )
    assert split(readable(page))[0].split("\n\n") == ["Elm Road", "On Tuesday"]


def test_answers_that_gmail_keeps_inside_its_wrapper_are_said() -> None:
    page = (
        f'<div class="gmail_quote">{TOLD}<blockquote class="gmail_quote">Where?</blockquote><div>Elm Road</div>'
        '<blockquote class="gmail_quote">When?</blockquote><div>On Tuesday</div></div>'
    )
    assert split(readable(page))[0].split("\n") == ["Elm Road", "On Tuesday"]


def test_a_mail_passed_on_with_a_line_is_said() -> None:
    page = (
        '<div>Please see below</div><div class="gmail_quote">---------- Forwarded message ---------<br>'
        f"From: <b>Joan</b> &lt;joan@shaw.example&gt;<br>Subject: Damp<br><br>{OLD}</div>"
    )
    assert "Where exactly is it?" in split(readable(page))[0]


def test_a_quotation_that_somebody_typed_is_said() -> None:
    page = f"Your letter says<blockquote>ten days</blockquote><div>{ATTRIBUTION}</div><blockquote>{OLD}</blockquote>"
    assert split(readable(page))[0].split() == ["Your", "letter", "says", "ten", "days"]


def test_a_page_of_nothing_but_quotation_is_read_without_marks() -> None:
    assert readable("<blockquote><p>The bin was missed.</p></blockquote>") == "The bin was missed."


def test_styles_scripts_comments_and_hidden_words_are_left_out() -> None:
    page = (
        "<head><title>t</title><style>p{color:red}</style></head><body><!-- c --><script>s()</script>"
        '<div style="display:none">preview</div><span style="font-size:0px">zero</span><p hidden>h</p><p>Seen</p>'
    )
    assert readable(page) == "Seen"


def test_words_are_shown_where_all_are_hidden() -> None:
    assert readable('<div style="display:none">The bin was missed.</div>') == "The bin was missed."


def test_large_and_small_print_is_not_hidden() -> None:
    page = '<p style="font-size:0.9em">small</p><p style="font-size: 10px;max-height:0.5em">large</p>'
    assert readable(page).split() == ["small", "large"]


def test_paragraphs_breaks_lists_and_tables_are_readable() -> None:
    page = (
        "<p>Dear   all,</p><p>one<br>two</p><ul><li>bin</li><li><p>lid</p></li></ul>"
        "<ol><li>first</li><li>second</li></ol><table><tr><td>Monday</td><td>missed</td></tr><tr><td>Tuesday</td><td>missed</td></tr></table>"
    )
    assert readable(page) == (
        "Dear all,\n\none\ntwo\n\n- bin\n- lid\n\n1. first\n2. second\n\nMonday  missed\nTuesday  missed"
    )


def test_a_link_keeps_its_address_where_its_words_do_not_name_it() -> None:
    assert readable('<a href="https://b.example/x">my photo</a>') == "my photo <https://b.example/x>"
    assert readable('<a href="https://b.example/x">https://b.example/x</a>') == "https://b.example/x"
    assert readable('<a href="mailto:a@b.example">Anne</a>') == "Anne"


def test_another_charset_named_in_the_page_changes_nothing() -> None:
    page = '<?xml version="1.0" encoding="utf-16"?><meta charset="iso-2022-jp"><p>Llŷn, café, 30 £, 😀</p>'
    assert readable(page) == "Llŷn, café, 30 £, 😀"


@pytest.mark.parametrize(
    "page",
    [
        "<i>" * 100_000 + "<div>" * 15_000 + "said",
        "<blockquote>" * 20_000 + "said",
        "<ul><li>" * 20_000 + "said",
        "<table><tr><td>" * 15_000 + "said",
        "<b><p>" * 50_000 + "said",
        "<pre>" * 1_000 + "\n" * 100_000 + "said",
        '<p style="' + "x:y;" * 50_000 + '">said',
        "<p " + "a=b " * 50_000 + ">said",
        "said\x00\ud800",
        "said" + "<" * 100_000,
        "said" + "&" * 100_000,
    ],
    ids=[
        "deep",
        "quotations",
        "lists",
        "tables",
        "fonts",
        "pre",
        "style",
        "attributes",
        "broken",
        "brackets",
        "ampersands",
    ],
)
def test_a_hostile_page_is_read_to_its_words(page: str) -> None:
    assert "said" in readable(page)


@given(
    page=st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<blockquote>", "</blockquote>", "<li>", "<ul>", "</ul>", "<a href='http://b.c'>"]
        )
        | st.sampled_from(
            ["</a>", "<pre>", "</pre>", "<td>", "<br>", "<div class=gmail_quote>", "</div>", "<!--", "-->"]
        )
        | st.text(max_size=5),
        max_size=30,
    ).map("".join)
)
def test_no_page_raises(page: str) -> None:
    assert readable(page) == readable(page).strip()


@given(words=st.lists(st.text(alphabet="abcdefé", min_size=1), min_size=1, max_size=8))
def test_no_word_of_a_plain_page_is_lost(words: list[str]) -> None:
    assert readable("".join(f"<div><p>{word}</p></div>" for word in words)).split() == words
