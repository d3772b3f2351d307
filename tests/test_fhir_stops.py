"""Ways to write that a drug was stopped, refused, not had or used until a day, and ways to say nothing of it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from fhir_support import fact, mapped, request

STOPPED = re.split(
    "[|\n]",
    """住院时应停用|手术时需停药|拔牙时应停药|化疗时应暂停|入院时需停用|妊娠时应停用，患者已妊娠|低钙则停，患者低钙
患者低钙，低钙则停|低钙则停，血钙1.8|血钙<2.0时停用，血钙1.9|血钙<2.0时停用。复查血钙1.85mmol/L
when calcium <2.0, held|calcium 1.9, held|low calcium, held|serum calcium low, stopped
when calcium <2.0, hold; calcium 1.8|hold if calcium low; calcium low|如低钙则停用，患者低钙
若发热则停药，现发热|颌骨坏死则停药，已颌骨坏死|低钾，停用|拔牙前停|术前停|出院停|出院时停|欠费停|欠费停药
缺货停用|缺货|缺药|退药|已退药|退费|未取药|未领药|未取|未用|未用药|从未使用|患者未用|本次未用|未再用|自行停用
患者自行停用|遵医嘱停|遵医嘱停药|遵嘱停用|医嘱停|医生嘱停|拒绝使用|家属拒绝|患者拒绝|拒绝注射|拒打|不愿使用
不愿继续用药|用至2024-11|使用至2024年11月|用药至2024.11|服用至去年|末次用药2024-06-01，之后未用
末次2024-06，此后未再注射|最后一次用药后停|最后一次给药，疗程结束|已完成两年治疗|完成2年疗程|疗程结束|疗程已满
疗程满|治疗完成|已完成|换药|更换药物|已更换为唑来膦酸|改为唑来膦酸|换为唑来膦酸|转用唑来膦酸|中止|已中止
治疗中止|停止|已停止|停用中|暂停中|暂停一次|本周期暂停|推迟使用|推迟|延期使用|延迟给药|不用|不打了|不再打|停打
没再打|没有再用|自费停|经济原因未用|经济原因停用|医保停用|患者要求停药|要求停|住院停|入院后停|术后未用|忘记用药
漏打|漏用|断药|断药3月|已断药|弃用|放弃治疗|放弃使用|终止治疗|治疗终止|held|held today|stopped|stopped 2024-12
discontinued|was discontinued|has been discontinued|pt discontinued|self-discontinued|switched to zoledronate
switched from denosumab to zoledronate|last dose 2024-06, none since|completed therapy|course completed
therapy complete|treatment completed|finished 2 years|never started|never filled|not filled|not picked up
did not start|did not take|not taking|stopped taking|non-adherent|nonadherent|noncompliant|not compliant
patient refuses|patient refused|pt declines|declined by patient|returned to pharmacy|not dispensed|out of stock
unavailable|ran out|on hold|put on hold|holding for surgery|held pre-op|stopped on admission|dc'd at discharge
stopped at discharge|omitted|dose omitted|missed doses|skipped|withdrawn|therapy terminated|no longer on it
no longer needed|off drug|off it now|came off it|was taken off|taken off|not on this|not currently taking
not currently on|hasn't taken|has not taken|have not used|discontinued by physician|patient self-stopped
quit taking|deprescribed|abandoned|course finished|ceased|used until 2024-11|until November 2024
given until 2024-11|入院时应暂停使用|放疗时需停用|住院期间暂停|围手术期停用|转科时停|备孕停药
患者已怀孕，妊娠时应停药|如血钙<2.0停用，今日血钙1.78|低血钙时应停，血钙低|患者欠费，停药|药房缺货，暂停
因缺货改用伊班膦酸|患者退药一盒|患者未取药，未使用|末次给药2023-12-20|最后一次注射：2024年3月
用药至2024年10月20日停|地舒单抗用至2024年9月|患者拒绝，未注射|拒绝继续使用|家属拒绝继续用药|自行停用2月余
医师嘱停|遵医嘱暂停|拔牙前暂停，至今未用|术前停，术后未恢复|出院停药|出院后未再用|因费用问题停|因发热停|因低钙停
停用（肾功能恶化）|肾功能恶化，停用|肌酐升高，暂停|颌骨坏死，停|出现ONJ，停药|疑似ONJ，暂停观察|停药观察中
疗程结束，停药|已完成24次治疗，停药|完成全部疗程|规范治疗2年，已完成|改用唑来膦酸治疗|换用双膦酸盐|换为伊班膦酸
已改唑来膦酸|患者要求改用唑来膦酸|已不再使用|早已停用|去年已停|曾用，已停|既往使用，现停用|中途停药|提前停药
提前终止|提前结束治疗|停用地舒单抗2年|從未使用|已停藥|拒絕使用|療程結束|自行停藥|改用唑來膦酸|暫停|未取藥|缺貨
退藥|已換藥|held since Nov|held x2 doses|held due to hypocalcemia|holding dose|on hold since 12/2024
stopped by oncologist|stopped due to cost|discontinued after 2 years|d/c 12/2024|D/C'd by dentist
switched to zoledronic acid|changed to zoledronate|replaced by zoledronic acid|last dose 2024-01-15
last given 2023-11|Last injection: March 2024|therapy completed 2024|completed 2 years of therapy
finished treatment|never started due to cost|never took it|patient not taking|pt not taking as prescribed
pt reports not taking|non-adherent to therapy|poor adherence, not taking|patient refuses injection
refusing further doses|declines further treatment|unable to obtain, out of stock|not picked up from pharmacy
cancelled by patient|order cancelled|expired, not renewed|ran out, not refilled|off med since surgery
stopped prior to dental extraction|held perioperatively|calcium 1.8, held|potassium low: stopped
Ca 1.7, dose held|停药3月余|近3月未用|2个月未打针|已2个月未用|超过半年未注射|半年前停用|自去年起停用
术后一直未用|其后停用|后因ONJ停用|发生ONJ后未再继续|已被停用|予停用|给予停用|予暂停|先停|先停用|嘱停|嘱停用
嘱患者停用|建议停用|拟停用|考虑停用|建议暂停|要求停药|同意停药|现已不用|现未使用|目前未用|目前停用|目前暂停
目前已停药|本次住院未用|院外未规律用药|未规律用药|不规律用药|间断用药|依从性差|依从性差，自行停药|无药|家中无药
药用完|用完后未续|未续方|未续药|未再开药|不再开具|处方已过期|处方失效|已过期未续|中断治疗|治疗中断|中断3个月
停打3次|停1次|延误|延误2个月|患者失访|失访|转院后停|转外院治疗|换成国产唑来膦酸|现改唑来膦酸|已换唑来膦酸
替换成唑来膦酸|由地舒单抗换成唑来膦酸|由地舒单抗改为唑来膦酸|地舒单抗改唑来膦酸|改口服双膦酸盐|lost to follow-up
treatment interruption|therapy interrupted|interrupted for 3 months|drug holiday|on drug holiday|treatment break
on break|hasn't had a dose since 2023|no doses since 2024|none given since June|not had since surgery
patient has stopped|pt stopped on her own|stopping today|will stop|plan to discontinue|to be discontinued
advised to stop|told to stop|recommend stopping|recommend discontinuation|was on hold|currently held
presently on hold|rx expired|prescription lapsed|lapsed|not renewed by MD|inactive|discontinued elsewhere
replaced with zoledronic acid|transitioned to zoledronate|changed from denosumab to zoledronate|poor compliance
intermittent use|irregular use|received one dose only|one dose then stopped|allergic, stopped|intolerant
intolerance, stopped|unable to tolerate|insurance denied|denied by insurance|cost prohibitive
too expensive, not taking""",
)
GOES_ON = re.split(
    "[|\n]",
    """没有停药时间记录|没有停药记录|无停药记录|未停药|未停用|未中断|未曾中断|从未停药|一直未停|不停药|不得停用
不可停药|切勿停药|请勿停药|不能自行停药|未自行停药|不要停|勿停|无需停药|无须停用|暂不停药|不建议停药|不必停用
低钙时停用|低钙则停|血钙<2.0时停用|如低钙则停用|若发热则停药|如有不适则停药|出现颌骨坏死则停药|如拔牙需停药
如需拔牙，请先停药|若手术，提前停药|一旦颌骨坏死立即停药|低钙时应停用|低钙血症时应停用|低钙者应停用
颌骨坏死时应停药|发热时应停药|感染时应停药|过敏时应停药|严重不良反应时应停用|肾功能不全时应停用|妊娠时应停用
如妊娠应停用|继续用药，不停|末次用药2025-01-03|末次用药时间2025-01-03|最后一次用药2025-01-03
末次2025-01-03，下次2025-01-31|上次用药2025-01-03|已用药12次|已用6个月|使用至今|用至今|一直用至今|用至进展
用至疾病进展|用至不能耐受|用药至疾病进展或不可耐受|使用至2年|拟用至2026-01|计划用至2026年1月|用至2026-06
已完成3周期|已完成第3次|已完成6次，继续|完成第2周期|疗程2年|疗程未结束|治疗未完成|疗程未满|未换药|无需换药
换药频率不变|伤口换药|每日换药|改用皮下注射|改为每4周一次|改用120mg|改成上午注射|换用国产地舒单抗|换用安加维
唑来膦酸停用，换用地舒单抗|由唑来膦酸换为地舒单抗|唑来膦酸改为地舒单抗|唑来膦酸不再使用|唑来膦酸未再使用
拒绝化疗|拒绝手术|患者拒绝拔牙|未用激素|未用唑来膦酸|未使用止痛药|拒绝唑来膦酸|停用唑来膦酸|已停唑来膦酸|停钙剂
补钙已停|已停他莫昔芬|拔牙前停钙剂|术前停阿司匹林|术前停抗凝药|化疗停|放疗停|化疗暂停，骨保护继续
化疗结束，继续地舒单抗|手术取消|检查取消|不取消|按时取药|已取药|院外取药|自备药|出院带药|出院继续|术前继续使用
拔牙后继续|规律用药|依从性好|无漏用|从未漏打|not stopped|never stopped|not discontinued|do not stop
do not discontinue|don't stop|should not be stopped|not held|never held|do not hold|hold if calcium low
hold if ONJ|if febrile, hold|stop in case of ONJ|stop if ONJ occurs|when calcium <2.0, hold
hold when calcium <2.0|discontinue if pregnant|last dose 2025-01-03|last dose given 2025-01-03
last dose was 4 weeks ago|completed 3 cycles|completed cycle 3|completed 3 of 24 doses|switched to denosumab
switched from zoledronate|switched from zoledronic acid to denosumab|zoledronate stopped|zoledronic acid held
stopped zoledronate|zoledronate discontinued, denosumab started|aspirin held|aspirin stopped before surgery
stopped smoking|quit smoking|no longer smoking|not taking aspirin|patient refuses chemotherapy
declined radiotherapy|refused surgery|never smoked|adherent|compliant|taking as directed|continue
continued without interruption|uninterrupted|without interruption|no interruption|no missed doses|never missed
not on zoledronate|no longer on zoledronate|held in December, resumed|held for surgery, restarted
resumed after surgery|until progression|until disease progression|continue until 2026-01|chemotherapy completed
radiotherapy completed|chemo stopped, continue denosumab|infusion stopped|injection completed|teaching completed
consent refused for photo|calcium supplement stopped|vitamin D held|如需住院，应停用|如漏用请补用|如漏打尽快补打
如拒绝请告知医生|血钙低于2.0mmol/L时应停用|LVEF下降时应停药|出现过敏反应时应立即停药|发生颌骨坏死时应停用
若怀孕，立即停药|如发生骨折，需停药并就诊|未曾停药|从未间断|无间断|坚持用药|不间断使用|规律用药2年，未停
未自行停用|没有擅自停药|没停过药|未漏用|无漏打|无漏服|依从性好，无漏用|末次用药2025-01-15，下次2025-02-12
末次给药：2024年12月20日|最后一次注射2024-12-28|用至今日|使用至今，未停|持续用至疾病进展|用至2025-12
计划用到2026年|拟用药至2026年|建议用至2年|需用至进展|至少用至2026-01|已完成第5周期|完成本次注射|注射完成|已注射
已执行|已领药|已缴费|药已备齐|不缺货|改为上午用药|改为皮下注射120mg|改成每4周|换注射部位|轮换注射部位|换人注射
换用同厂家|钙片停用|停用钙片|停维生素D|止痛药停用|激素已停|抗生素已停|唑来膦酸停|唑来膦酸用至2023-12
唑来膦酸末次2023-06|既往唑来膦酸用至2023年|拒绝输血|拒绝放疗|放弃化疗|未行手术|手术推迟|取消手术|化疗取消
化疗推迟|检查未做|未复查|未化疗|暂停化疗|停止化疗，继续地舒单抗|停止放疗|不再化疗|化疗疗程结束|无停药史
hold if Ca < 8.0|hold for Ca < 8.0 if symptomatic|stop if pregnant|discontinue if hypersensitivity
if ONJ occurs, discontinue|when febrile, hold|no interruption of therapy|without missed doses|was never stopped
has not been held|do not interrupt|last dose 2025-01-10|last given 2025-01-02|given until progression
through 2026-12|until 2026-03|completed 5 of 24|aspirin stopped|warfarin held for procedure
zoledronic acid stopped in 2023|switched from zoledronic acid|off zoledronic acid|no longer taking zoledronate
not on warfarin|quit smoking 2020|stopped alcohol|surgery cancelled|declined surgery|refused radiation
declined chemotherapy|chemo held|chemo completed|radiation completed|tolerating, not stopped
adherent with therapy|good compliance|patient education completed|规律使用中|现规律使用|持续使用|继续|继续使用
同前|维持|维持原剂量|按时注射|每月一次，规律|从未停用|未停|不间断|停化疗，地舒单抗继续|化疗停，骨保护继续
停他莫昔芬|停用他莫昔芬，改依西美坦|停用来曲唑|如术前需停药，请联系|若血钙低于2.1，先补钙后用药
用药前查血钙，低钙者先纠正|低钙者禁用|严重低钙者禁用|禁用于低钙患者|孕妇禁用|补钙及维生素D|复查无异常
口腔检查完成|牙科评估已完成|宣教完成|血钙正常|肾功能正常|无颌骨坏死|颌骨坏死：无|未发生颌骨坏死|无不适|耐受好
3月后复查|下次2025-02-10|首次用药2024-01-10|自2024-01开始使用|2023-05开始，至今|使用2年，至今|用药中|在用
正在使用|仍在用|依从性可|无不良反应|PRN|备用|自备|外购|带药1支|输液完毕|注射结束|穿刺结束|操作结束|注射完毕
continues|ongoing|on schedule|tolerating|no issues|no ONJ|no dental issues|calcium normal|labs ok
calcium supplement continued|next dose 2025-02-10|started 2024-01|since 2023|monthly, ongoing|q4w|given today
received today|well tolerated|dental check done|teaching done|refill authorized|renewed|prior auth approved
zoledronate never used|never on zoledronate|letrozole stopped|tamoxifen discontinued|stopped tamoxifen
chemo on hold|palbociclib held|capecitabine discontinued|held capecitabine|alendronate stopped in 2022
calcium held|vitamin D stopped|no reason to stop|no plan to stop|would not stop|avoid stopping
risk of stopping discussed|counselled not to stop|do not miss doses|do not skip doses|never skipped
takes regularly|take only once daily|月经不规律|之后未发热|未打印处方|hold for SBP <90
intolerant of bisphosphonates|不用空腹|注射后停留30分钟|拒绝陪护|未用过双膦酸盐""",
)


def status(text: str) -> Any:
    found = mapped(request("d", "地舒单抗", note=[{"text": text}], authoredOn="2025-01-01"))
    return fact(found, "medications[denosumab].status")


@pytest.mark.parametrize("text", STOPPED)
def test_a_drug_that_was_stopped_or_not_had_is_not_in_use_for_certain(text: str) -> None:
    assert status(text) is None


@pytest.mark.parametrize("text", GOES_ON)
def test_words_that_say_nothing_of_a_stop_leave_the_drug_in_use(text: str) -> None:
    assert status(text) == "active"


@pytest.mark.parametrize(
    ("text", "drug", "known"),
    [
        ("末次用药2024-09-01", "地舒单抗", "active"),  # 152 days ago: within the longest gap of denosumab
        ("末次用药2024-07-01", "地舒单抗", None),
        ("末次用药2024-10-01", "曲妥珠单抗", None),
        ("末次用药2024-12-01", "曲妥珠单抗", "active"),
        ("用至2025-01-30", "地舒单抗", None),
        ("用至2025-01-31", "地舒单抗", "active"),
        ("用至2025-01", "地舒单抗", "active"),
        ("用至2024-12", "地舒单抗", None),
        ("用至2024-13-45", "地舒单抗", None),
        ("用至2024-11，已恢复使用", "地舒单抗", "active"),
    ],
)
def test_the_day_until_which_or_when_last_a_drug_was_used(text: str, drug: str, known: str | None) -> None:
    (one,) = mapped(request("d", drug, note=[{"text": text}], authoredOn="2024-01-01")).profile["medications"]
    assert one.get("status") == known
