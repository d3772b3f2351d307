Feature: Denosumab ordered while zoledronic acid is running

  Bone metastases of breast cancer, zoledronic acid running, denosumab newly ordered, creatinine 62 µmol/L.
  Two different bone-modifying agents never at once; a replacement is no combination, and dates can tell the order.

  Background:
    Given the patient:
      | age                                                | 58            |
      | sex                                                | female        |
      | body weight                                        | 60 kg         |
      | tumour type                                        | breast cancer |
      | disease extent                                     | metastatic    |
      | tempo of disease                                   | slow          |
      | endocrine therapy ineffective                      | no            |
      | HER2 status                                        | negative      |
      | hormone receptor status                            | positive      |
      | surgeries                                          | none          |
      | treatment phase                                    | advanced      |
      | treatment intent                                   | palliative    |
      | bone pain                                          | no            |
      | bone pain relieved                                 | no            |
      | spinal cord signs                                  | no            |
      | symptoms like hypercalcaemia                       | no            |
      | loss of appetite                                   | no            |
      | severe weight loss                                 | no            |
      | oral examination done                              | yes           |
      | renal insufficiency                                | no            |
      | adverse event of the bone agent is unrelievable    | no            |
      | adverse event is clearly related to the bone agent | no            |
    And the labs:
      | analyte          | value       | upper |
      | serum creatinine | 62 µmol/L   |       |
      | serum calcium    | 2.3 mmol/L  | 2.52  |
      | albumin          | 40 g/L      |       |
      | phosphate        | 1.1 mmol/L  |       |
      | magnesium        | 0.85 mmol/L |       |
    And the lesions:
      | id | organ | bone site | lesion status    | symptomatic | risk of pathological fracture | imaging that shows the lesion |
      | B0 | bone  | rib       | imaging-positive | no          | no                            | bone scan, CT                 |
      | B1 | bone  | rib       | imaging-positive | no          | no                            | bone scan, CT                 |
      | B2 | bone  | rib       | imaging-positive | no          | no                            | bone scan, CT                 |
      | B3 | bone  | rib       | imaging-positive | no          | no                            | bone scan, CT                 |
      | B4 | bone  | rib       | imaging-positive | no          | no                            | bone scan, CT                 |
      | B5 | bone  | rib       | imaging-positive | no          | no                            | bone scan, CT                 |
      | B6 | bone  | rib       | imaging-positive | no          | no                            | bone scan, CT                 |
    And no radiotherapy
    And the local policy:
      | most metastases for oligometastatic | 5 |

  Scenario: S23a Zoledronic acid active, denosumab ordered
    Given the medications:
      | drug            | medication status |
      | zoledronic acid | active            |
      | denosumab       | planned           |
      | letrozole       | active            |
      | calcium         | active            |
      | vitamin D       | active            |
    When evaluated
    Then these rules fire:
      | rule    | what it says                                                                                             |
      | BCBM-62 | Never two different bone-modifying agents at once                                                        |
      | BCBM-56 | Zoledronic acid: monitor renal function alongside                                                        |
      | BCBM-61 | A bone-modifying agent may be combined with radiotherapy, chemotherapy, endocrine therapy and analgesics |
    And these rules are silent:
      | rule    | what it says                                                                     |
      | BCBM-46 | Start a bone-modifying agent once imaging shows bone metastasis, symptoms or not |
      | BCBM-65 | Skeletal-related event: stopping the bone-modifying agent is not recommended                 |
      | BCBM-64 | Stop of the bone-modifying agent planned without the source’s criterion          |
    And the advice contains "Never two different bone-modifying agents at once"
    And the advice does not contain "Bone metastases: start a bone-modifying agent"

  Scenario: S23b Zoledronic acid stopped last month for a switch
    Given the medications:
      | drug            | medication status | reason for stopping |
      | zoledronic acid | stopped           | switch              |
      | denosumab       | planned           |                     |
    When evaluated
    Then these rules are silent:
      | rule    | what it says                                                    |
      | BCBM-62 | Never two different bone-modifying agents at once               |
      | BCBM-66 | Stable disease or relief of bone pain is no ground for stopping |
      | BCBM-56 | Zoledronic acid: monitor renal function alongside               |
    And the advice does not contain "Never two different bone-modifying agents at once"

  Scenario: S23c Pamidronate and zoledronic acid: one class, two agents
    Given the medications:
      | drug            | medication status |
      | pamidronate     | active            |
      | zoledronic acid | planned           |
    When evaluated
    Then these rules fire:
      | rule    | what it says                                      |
      | BCBM-62 | Never two different bone-modifying agents at once |
    And the advice contains "Never two different bone-modifying agents at once"

  Scenario: S23d Denosumab listed twice: a duplicate, not two agents
    Given the medications:
      | drug      | medication status |
      | denosumab | active            |
      | denosumab | planned           |
    When evaluated
    Then these rules are silent:
      | rule    | what it says                                      |
      | BCBM-62 | Never two different bone-modifying agents at once |
    And the advice does not contain "Never two different bone-modifying agents at once"
    And the remarks contain "duplicate"

  Scenario: S23e A declared switch: neither a combination nor a premature stop
    Given the patient:
      | stop of the bone agent planned | yes    |
      | reason for the planned stop    | switch |
    And the medications:
      | drug            | medication status |
      | zoledronic acid | active            |
      | denosumab       | planned           |
      | letrozole       | active            |
      | calcium         | active            |
      | vitamin D       | active            |
    When evaluated
    Then these rules are silent:
      | rule    | what it says                                                            |
      | BCBM-62 | Never two different bone-modifying agents at once                       |
      | BCBM-64 | Stop of the bone-modifying agent planned without the source’s criterion |
      | BCBM-66 | Stable disease or relief of bone pain is no ground for stopping         |
    And the advice does not contain "Never two different bone-modifying agents at once"

  Scenario: S23f Denosumab starts after zoledronic acid stops
    Given the medications:
      | drug            | medication status | start date | stop date  |
      | zoledronic acid | active            |            | 2026-03-01 |
      | denosumab       | planned           | 2026-03-29 |            |
    When evaluated
    Then these rules are silent:
      | rule    | what it says                                      |
      | BCBM-62 | Never two different bone-modifying agents at once |
    And the advice does not contain "Never two different bone-modifying agents at once"

  Scenario: S23g Denosumab starts before zoledronic acid stops
    Given the medications:
      | drug            | medication status | start date | stop date  |
      | zoledronic acid | active            |            | 2026-05-01 |
      | denosumab       | planned           | 2026-03-29 |            |
    When evaluated
    Then these rules fire:
      | rule    | what it says                                      |
      | BCBM-62 | Never two different bone-modifying agents at once |
    And the advice contains "Never two different bone-modifying agents at once"

  Scenario: S23h The second agent has no status
    Given the medications:
      | drug            | medication status |
      | zoledronic acid | active            |
      | denosumab       |                   |
    When evaluated
    Then these rules are undetermined:
      | rule    | what it says                                      | asks for                                |
      | BCBM-62 | Never two different bone-modifying agents at once | medication denosumab: medication status |
    And it asks for "medication denosumab: medication status"
