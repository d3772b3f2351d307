Feature: Spinal fracture in an elderly patient with a history of breast cancer

  Breast cancer six years ago, a compression fracture of the thoracic spine, osteoporosis on densitometry, no bone scan.
  Exclude metastasis before blaming osteoporosis; no bone-modifying agent before metastasis is established.

  Background:
    Given the patient:
      | sex                            | female        |
      | body weight                    | 60 kg         |
      | tumour type                    | breast cancer |
      | disease extent                 | early         |
      | HER2 status                    | negative      |
      | hormone receptor status        | positive      |
      | treatment phase                | advanced      |
      | treatment intent               | palliative    |
      | bone pain                      | yes           |
      | spinal cord signs              | no            |
      | symptoms like hypercalcaemia   | no            |
      | loss of appetite               | no            |
      | severe weight loss             | no            |
      | vertebral fracture or collapse | yes           |
    And no radiotherapy

  Scenario: S16a 78 years old, the site calls 65 elderly
    Given the patient:
      | age            | 78 |
      | bone scan done | no |
    And no lesions
    And the medications:
      | drug      | medication status |
      | letrozole | active            |
    And the local policy:
      | age from which a patient is elderly | 65 |
    When evaluated
    Then these rules fire:
      | rule    | what it says                                                                  |
      | BCBM-01 | Early bone metastasis is occult: do not delay the work-up                     |
      | BCBM-02 | Bone pain and other skeletal events: work up by imaging together with markers |
      | BCBM-05 | Spinal fracture in the elderly: do not assume osteoporosis                    |
      | BCBM-09 | Imaging is the core of diagnosis                                              |
      | BCBM-10 | Bone scan: site and number over the whole skeleton                            |
      | BCBM-17 | Tumour and bone-turnover markers: laboratory support                          |
      | BCBM-20 | BAP: an indicator for early diagnosis and monitoring of bone metastasis       |
    And these rules are silent:
      | rule    | what it says                                                                                          |
      | BCBM-46 | Start a bone-modifying agent once imaging shows bone metastasis, symptoms or not                      |
      | BCBM-29 | HR-positive, HER2-negative, no evident visceral metastases: endocrine therapy may be considered first |
      | BCBM-26 | Goal of care: living with the tumour, quality of life                                                 |
      | BCBM-04 | Watch for skeletal-related events                                                                     |
      | BCBM-60 | Calcium and vitamin D routinely during long-term use                                                  |
    And the advice contains "Suspected bone metastasis: work up without delay"
    And the advice does not contain "Bone metastases: start a bone-modifying agent"

  Scenario: S16b The site has set no age
    Given the patient:
      | age            | 78 |
      | bone scan done | no |
    And no lesions
    And the medications:
      | drug      | medication status |
      | letrozole | active            |
    When evaluated
    Then these rules fire:
      | rule    | what it says                                                                  |
      | BCBM-02 | Bone pain and other skeletal events: work up by imaging together with markers |
    And these rules are undetermined:
      | rule    | what it says                                               | asks for                                                 |
      | BCBM-05 | Spinal fracture in the elderly: do not assume osteoporosis | elderly (clinician), age from which a patient is elderly |
    And the advice contains "Suspected bone metastasis: work up without delay"
    And it asks for "elderly (clinician)"

  Scenario: S16c 45 years old
    Given the patient:
      | age            | 45 |
      | bone scan done | no |
    And no lesions
    And the medications:
      | drug      | medication status |
      | letrozole | active            |
    And the local policy:
      | age from which a patient is elderly | 65 |
    When evaluated
    Then these rules fire:
      | rule    | what it says                                                                  |
      | BCBM-02 | Bone pain and other skeletal events: work up by imaging together with markers |
    And these rules are silent:
      | rule    | what it says                                               |
      | BCBM-05 | Spinal fracture in the elderly: do not assume osteoporosis |
    And the advice contains "Suspected bone metastasis: work up without delay"

  Scenario: S16d Alendronate for osteoporosis and denosumab planned: two agents, but bone metastasis is not established
    Given the patient:
      | age            | 78  |
      | bone scan done | yes |
    And the lesions:
      | id | organ | bone site      | lesion status | imaging that shows the lesion |
      | B1 | bone  | thoracic spine | suspected     | bone scan                     |
    And the medications:
      | drug        | medication status | indication   |
      | alendronate | active            | osteoporosis |
      | denosumab   | planned           |              |
    And the local policy:
      | age from which a patient is elderly         | 65 |
      | two-agent contraindication for other tumours | no |
    When evaluated
    Then these rules fire:
      | rule    | what it says                                                         |
      | BCBM-11 | Bone lesion seen on bone scan only: combine with another examination |
    And these rules are undetermined:
      | rule    | what it says                                      | asks for                 |
      | BCBM-62 | Never two different bone-modifying agents at once | lesion B1: lesion status |
    And the advice contains "Bone lesion seen on bone scan only: combine with another examination"
    And it asks for "lesion B1: lesion status"

  Scenario: S16e No age set, but the clinician calls the patient elderly
    Given the patient:
      | age                 | 78  |
      | elderly (clinician) | yes |
      | bone scan done      | no  |
    And no lesions
    And the medications:
      | drug      | medication status |
      | letrozole | active            |
    When evaluated
    Then these rules fire:
      | rule    | what it says                                               |
      | BCBM-05 | Spinal fracture in the elderly: do not assume osteoporosis |
    And the advice contains "Spinal fracture in the elderly: do not assume osteoporosis, rule out metastasis"
