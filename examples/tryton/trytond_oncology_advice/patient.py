"""The records of the example. In GNU Health they are there already: give ``gnuhealth.patient`` the button alone."""

from trytond.model import ModelSQL, ModelView, fields

STATUSES = [
    ("draft", "拟用 Planned"),
    ("active", "使用中 Active"),
    ("stopped", "已停用 Stopped"),
    ("completed", "已完成 Completed"),
]


class Patient(ModelSQL, ModelView):
    """Patient."""

    __name__ = "oncology.patient"

    name = fields.Char("姓名 Name", required=True)
    sex = fields.Selection([(None, ""), ("female", "女 Female"), ("male", "男 Male")], "性别 Sex")
    birth_date = fields.Date("出生日期 Birth date")
    diagnoses = fields.One2Many("oncology.diagnosis", "patient", "诊断 Diagnoses")
    medications = fields.One2Many("oncology.medication", "patient", "用药 Medications")
    medications_reviewed = fields.Boolean(
        "用药已核对 Medications reviewed",
        help="已与患者核对，没有其他用药；否则表中没有的药物按未知处理。"
        " Reviewed with the patient: there are no others. Else a drug that is not listed is unknown, not absent.",
    )
    results = fields.One2Many("oncology.result", "patient", "检验结果 Results")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({"advise": {}})

    @classmethod
    @ModelView.button_action("oncology_advice.wizard_advice")
    def advise(cls, patients):
        """Open the advice."""


class Diagnosis(ModelSQL, ModelView):
    """Diagnosis."""

    __name__ = "oncology.diagnosis"

    patient = fields.Many2One("oncology.patient", "患者 Patient", required=True, ondelete="CASCADE")
    code = fields.Char("ICD-10")
    name = fields.Char("名称 Name")
    confirmed = fields.Boolean("已确诊 Confirmed")


class Medication(ModelSQL, ModelView):
    """Medication."""

    __name__ = "oncology.medication"

    patient = fields.Many2One("oncology.patient", "患者 Patient", required=True, ondelete="CASCADE")
    name = fields.Char("名称 Name", required=True)
    atc = fields.Char("ATC")
    status = fields.Selection(STATUSES, "状态 Status", required=True)
    start = fields.Date("开始 Start")


class Result(ModelSQL, ModelView):
    """Result."""

    __name__ = "oncology.result"

    patient = fields.Many2One("oncology.patient", "患者 Patient", required=True, ondelete="CASCADE")
    loinc = fields.Char("LOINC", required=True)
    value = fields.Float("数值 Value", required=True)
    unit = fields.Char("单位 Unit (UCUM)", required=True)
    date = fields.Date("日期 Date", required=True)
