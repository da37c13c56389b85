"""What is said in Japanese: polite without stiffness, about the thing and never about what somebody lacks."""

from __future__ import annotations

from matcher.scoring.wording.phrases import Phrases

_REASONS = {
    "consent_missing.matching": "{name}から、ご紹介についての同意をまだいただいていないか、取り消されています。",
    "consent_missing.communal_living": "共同生活には{name}ご本人の別の書面での同意が必要ですが、まだありません。",
    "person_not_open.paused": "{name}は今、お休み中です。",
    "person_not_open.frozen": "{name}については今、すべてお休みにしています。",
    "person_not_open.closed": "{name}は今はもう探していません。",
    "organisation_not_vetted": "この団体は、今は確認が済んでいません。",
    "not_published": "まだ公開されていないか、必要なことが書かれていません。",
    "kind_not_wanted": "{name}は{kind}を希望していません。",
    "age_outside.minor": "お誘いするのは成人の方だけです。",
    "age_outside.limits": "対象の年齢が違います（{name}は今年{age}歳です）。",
    "no_shared_language": "{languages}で行われます。{name}には{language}が必要です。",
    "excluded": "{name}とこの団体は、お互いに離しておくことになっています。",
    "too_far": "{mode}約{travel_minutes}で、{name}が行ける範囲を{excess}こえます。",
    "group_too_large": "{group_max}になることがあります。{name}の希望は{most}までです。",
    "red_line": "{requires}が必要ですが、{name}はこれを避けたいとのことです。",
    "need_unmet": "{name}に必要なこと（{needs}）が書かれていません。",
    "unstaffed": "スタッフがその場にいません。",
    "no_shared_time.other_times": "{name}の空いている時間に合う回がありません。",
    "no_shared_time.over": "予定された日はすべて終わっています。",
    "full": "今は席が埋まっています。",
    "recently_declined.answered_too_much": "{name}は少し前に、これは負担が大きいと答えています。",
    "recently_declined.answered_not_for_me": "{name}は少し前に、これは自分には合わないと答えています。",
    "live_invitation": "{name}にはもうお誘いが一つ届いています。一度に一つで十分です。",
    "talk_first": "前の訪問が{name}には負担が大きかったので、まずお話をするのが先です。",
    "visit_first.request": "共同生活は、ご自身で希望を出されたときだけ探します。",
    "visit_first.visit": "まず見学に行って大丈夫だったあとで、泊まってみる順番です。",
    "visit_first.trial_night": "まず一晩泊まってみて大丈夫だったあとで、入居する順番です。",
    "step_too_big.beyond_lived": "負担が大きかった訪問のあとなので、これまで大丈夫だった範囲をこえます：{aspects}。",
    "step_too_big.several": "初めてのことがいくつも重なります：{aspects}。",
    "step_too_big.far": "{name}が楽だと言っていた範囲をはっきりこえます：{aspects}。",
    "step_too_big.early": "{name}が楽だと言っていた範囲を少しこえます（{aspects}）。続けて二回、大丈夫だったあとにしましょう。",
    "step_too_big.unsure": "負担が大きいかもしれません。{name}が楽だと言っていた範囲のぎりぎりです：{aspects}。",
    "step_too_big.unsure.anywhere": "今の{name}には負担が大きいかもしれません。",
}

_WHY = {
    "online": "オンラインなので、出かける必要はありません。",
    "travel": "{mode}約{travel_minutes}です。{name}は{max_minutes}までなら大丈夫です。",
    "group": "ふだんは{typical}、多くて{group_max}です。",
    "greeted": "{host}が入口で{name}を迎えます。",
    "watch_first": "はじめは見ているだけでも大丈夫です。",
    "leave_any_time": "いつ帰っても大丈夫です。",
    "companion": "{name}はだれかと一緒に来られます。",
    "topics": "{name}の好きなことです：{topics}。",
    "known_here": "{name}は前にもここに来て、大丈夫でした。",
    "known_organisation": "{name}は前にもこの団体のところへ行って、大丈夫でした。",
    "introduced": "{name}はこの団体に紹介されています。",
    "within_comfort": "どれも{name}が楽だと言っていた範囲です。",
    "one_small_stretch": "少しだけ新しいことがあります：{aspects}。ほかは{name}が楽だと言っていた範囲です。",
    "chance": "100回のうち{likely}回ほどは大丈夫と見ています。控えめに見ると{low}回です。",
    "text_only": "文字だけのやりとりです。",
    "listening_online": "聞いているだけで大丈夫です。",
    "side_by_side": "となり合って、それぞれのことをします。",
    "conversation": "おしゃべりがあります。",
    "speaking_to_group": "みんなの前で話すことがあります。",
    "quiet": "静かです。",
    "calm": "落ち着いています。",
    "moderate": "ほどほどに人の気配があります。",
    "busy": "にぎやかです。",
    "loud": "音が大きいことがあります。",
}

_GAPS = {
    "alone": "{count}は、あと一つのほかは合っています。{title}：{detail}",
    "among_others": "{count}には、これを含めていくつかの理由があります。{title}：{detail}",
    "person": "{detail}",
}

_WORDS = {
    "group": "人数",
    "interaction": "人との関わり",
    "unfamiliarity": "はじめての場所",
    "travel": "行き帰り",
    "commitment": "時間の長さや約束ごと",
    "stimulation": "音やにぎわい",
    "volunteering": "ボランティア",
    "communal_space": "居場所",
    "communal_living": "共同生活",
    "online_group": "オンラインの集まり",
    "physical_activity": "体を動かすこと",
    "hobby": "趣味の集まり",
    "study": "学びの場",
    "phone_call": "電話",
    "camera": "カメラ",
    "microphone": "マイク",
    "real_name": "本名",
    "registration_form": "申込書",
    "dress_code": "決まった服装",
    "payment": "支払い",
    "staffed": "スタッフがいること",
    "leave_any_time": "いつでも帰れること",
    "watch_first": "はじめは見るだけでよいこと",
    "companion_welcome": "だれかと一緒に来られること",
    "host_greets": "入口で迎えてもらえること",
    "step_free": "段差のない入口",
    "walk": "歩いて",
    "bicycle": "自転車で",
    "transit": "電車やバスで",
    "car": "車で",
    "ja": "日本語",
    "en": "英語",
}

_COUNTED = {"minute": "{n}分", "person": "{n}人", "opportunity": "{n}件"}

# What the rungs of SCORING §1 mean to somebody who is there; a test holds the numbers against the rules.
_RUNGS = {
    "group": ("ほかに1人", "ほかに2人", "ほかに4人くらい", "ほかに8人くらい", "大人数"),
    "interaction": ("文字だけ", "オンラインで聞くだけ", "となり合って、それぞれに", "おしゃべりしながら", "みんなの前で話す"),
    "unfamiliarity": (
        "よく知っている場所", "少し知っている場所か、助けの多いところ", "はじめての場所（助けがいくつかある）",
        "はじめての場所（助けが少しある）", "まったくはじめての場所",
    ),
    "travel": ("5分まで", "10分くらい", "20分くらい", "40分くらい", "80分以上"),
    "commitment": ("15分", "30分", "1時間", "2時間", "4時間以上"),
    "stimulation": ("静か", "落ち着いている", "ほどほどに人の気配", "にぎやか", "音が大きいことがある"),
}  # fmt: skip

JAPANESE = Phrases(
    reasons=_REASONS,
    why=_WHY,
    gaps=_GAPS,
    words=_WORDS,
    one=_COUNTED,
    many=_COUNTED,
    rungs=_RUNGS,
    beyond="{rung}より少し先",
    title="「{title}」",
    name=lambda alias: alias if alias.endswith("さん") else f"{alias}さん",
    joined="、".join,
)
