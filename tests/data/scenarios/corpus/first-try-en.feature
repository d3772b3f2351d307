Feature: Patients of our ward

  Background:
    Given the patient:
      | gender | female |

  Scenario: left breast, dual blockade, falling LVEF
    Given the patient:
      | age           | 54 years      |
      | diagnosis     | breast cancer |
      | stage         | early         |
      | HER2          | 3+            |
      | surgery       | lumpectomy    |
      | baseline LVEF | 62%           |
      | LVEF          | 47 %          |
    And the medications:
      | drug      | status  |
      | Herceptin | ongoing |
    And the radiotherapy:
      | site        | side | status  |
      | left breast | left | planned |
    When evaluated
    Then the advice contains "echocardiography"
    And the advice contains "HER2RT-14"

  Scenario: confused, calcium in mg/dl
    Given the patient:
      | diagnosis | metastatic breast cancer |
      | confusion | yes                      |
    And the labs:
      | test     | result     | ULN  |
      | calcium  | 13.2 mg/dl | 10.5 |
      | albumin  | 3.1 g/dl   |      |
      | sodium   | 139 mmol/L |      |
    When evaluated
    Then the emergencies contain "hypercalcaemia"

  Scenario: weak legs
    Given the patient:
      | diagnosis | breast cancer with bone metastases |
    And the symptoms:
      | leg weakness      | present |
      | urinary retention | yes     |
    And the lesions:
      | site | status          |
      | T8   | bone metastasis |
    When evaluated
    Then the advice contains "cord compression"

  Scenario: nothing taken
    Given the patient:
      | diagnosis | lung adenocarcinoma |
      | RET       | KIF5B-RET fusion    |
      | EGFR      | wild type           |
    And the lesions:
      | site         | status              |
      | femoral neck | positive on imaging |
    And no medications
    When evaluated
    Then the advice contains "bone-protective"
