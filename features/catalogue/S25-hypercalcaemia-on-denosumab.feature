Feature: Raised calcium, or symptoms of it, on denosumab

  Bone metastases of breast cancer on denosumab, no calcium supplement.
  Calcium corrected for albumin is held against the laboratory's limit; symptoms without a value raise the alert as well.

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
      | loss of appetite                                   | no            |
      | severe weight loss                                 | no            |
      | oral examination done                              | yes           |
      | renal insufficiency                                | no            |
      | adverse event of the bone agent is unrelievable    | no            |
      | adverse event is clearly related to the bone agent | no            |
    And the labs:
      | analyte          | value       |
      | serum creatinine | 62 µmol/L   |
      | phosphate        | 1.1 mmol/L  |
      | magnesium        | 0.85 mmol/L |
    And the lesions:
      | id | organ | bone site | lesion status    | symptomatic | risk of pathological fracture | imaging that shows the lesion |
      | B0 | bone  | rib       | imaging-positive | no          | no                            | bone scan, CT                 |
      | B1 | bone  | rib       | imaging-positive | no          | no                            | bone scan, CT                 |
      | B2 | bone  | rib       | imaging-positive | no          | no                            | bone scan, CT                 |
      | B3 | bone  | rib       | imaging-positive | no          | no                            | bone scan, CT                 |
      | B4 | bone  | rib       | imaging-positive | no          | no                            | bone scan, CT                 |
      | B5 | bone  | rib       | imaging-positive | no          | no                            | bone scan, CT                 |
      | B6 | bone  | rib       | imaging-positive | no          | no                            | bone scan, CT                 |
      | B7 | bone  | rib       | imaging-positive | no          | no                            | bone scan, CT                 |
    And the medications:
      | drug      | medication status |
      | denosumab | active            |
    And no radiotherapy
    And the local policy:
      | most metastases for oligometastatic | 5 |

  Scenario: S25a Calcium 3.02 mmol/L, drowsy and weak
    Given the patient:
      | symptoms like hypercalcaemia | yes |
    And the labs:
      | analyte       | value       | upper |
      | serum calcium | 3.02 mmol/L | 2.52  |
      | albumin       | 40 g/L      |       |
    When evaluated
    Then these rules fire:
      | rule    | what it says                                                            |
      | BCBM-06 | Hypercalcaemia: alert; measure calcium at once when symptoms suggest it |
      | BCBM-60 | Calcium and vitamin D routinely during long-term use                    |
      | BCBM-65 | Skeletal-related event: stopping the bone-modifying agent is not recommended        |
    And these rules are silent:
      | rule    | what it says                                                            |
      | BCBM-62 | Never two different bone-modifying agents at once                       |
      | BCBM-64 | Stop of the bone-modifying agent planned without the source’s criterion |
      | BCBM-66 | Stable disease or relief of bone pain is no ground for stopping         |
    And the advice contains "Hypercalcaemia alert: established, or suspected from symptoms"
    And the advice does not contain "Never two different bone-modifying agents at once"
    And rule "BCBM-60" is demoted
    And the remarks contain "hypercalcaemi"

  Scenario: S25b Symptoms only, calcium not measured
    Given the patient:
      | symptoms like hypercalcaemia | yes |
    And the labs:
      | analyte       | value  | upper |
      | serum calcium |        | 2.52  |
      | albumin       | 40 g/L |       |
    When evaluated
    Then these rules fire:
      | rule    | what it says                                                            |
      | BCBM-06 | Hypercalcaemia: alert; measure calcium at once when symptoms suggest it |
    And the advice contains "Hypercalcaemia alert: established, or suspected from symptoms"

  Scenario: S25c No statement on symptoms and calcium not measured
    Given the labs:
      | analyte       | value  | upper |
      | serum calcium |        | 2.52  |
      | albumin       | 40 g/L |       |
    When evaluated
    Then these rules are undetermined:
      | rule    | what it says                                                            | asks for                                    |
      | BCBM-06 | Hypercalcaemia: alert; measure calcium at once when symptoms suggest it | serum calcium, symptoms like hypercalcaemia |
    And it asks for "serum calcium"

  Scenario: S25d Corrected calcium exactly at the limit
    Given the patient:
      | symptoms like hypercalcaemia | no |
    And the labs:
      | analyte       | value       | upper |
      | serum calcium | 2.52 mmol/L | 2.52  |
      | albumin       | 40 g/L      |       |
    When evaluated
    Then these rules are silent:
      | rule    | what it says                                                            |
      | BCBM-06 | Hypercalcaemia: alert; measure calcium at once when symptoms suggest it |
    And the advice does not contain "Hypercalcaemia alert: established, or suspected from symptoms"

  Scenario: S25e Symptoms and normal calcium, not known whether measured since they began
    Given the patient:
      | symptoms like hypercalcaemia | yes |
    And the labs:
      | analyte       | value      | upper |
      | serum calcium | 2.3 mmol/L | 2.52  |
      | albumin       | 40 g/L     |       |
    When evaluated
    Then these rules are silent:
      | rule    | what it says                                                     |
      | BCBM-65 | Skeletal-related event: stopping the bone-modifying agent is not recommended |
    And these rules are undetermined:
      | rule    | what it says                                                            | asks for                                  |
      | BCBM-06 | Hypercalcaemia: alert; measure calcium at once when symptoms suggest it | calcium measured after the symptoms began |
    And the advice does not contain "Bone-modifying agent: keep it up, no stopping without grounds"
    And it asks for "calcium measured after the symptoms began"

  Scenario: S25f Symptoms, and calcium measured since they began is normal
    Given the patient:
      | symptoms like hypercalcaemia              | yes |
      | calcium measured after the symptoms began | yes |
    And the labs:
      | analyte       | value      | upper |
      | serum calcium | 2.3 mmol/L | 2.52  |
      | albumin       | 40 g/L     |       |
    When evaluated
    Then these rules are silent:
      | rule    | what it says                                                            |
      | BCBM-06 | Hypercalcaemia: alert; measure calcium at once when symptoms suggest it |
    And the advice does not contain "Hypercalcaemia alert: established, or suspected from symptoms"

  Scenario: S25g An earlier event, calcium normal now: no alert, still an event on treatment
    Given the patient:
      | symptoms like hypercalcaemia    | no  |
      | hypercalcaemia (recorded event) | yes |
    And the labs:
      | analyte       | value      | upper |
      | serum calcium | 2.3 mmol/L | 2.52  |
      | albumin       | 40 g/L     |       |
    When evaluated
    Then these rules fire:
      | rule    | what it says                                                     |
      | BCBM-65 | Skeletal-related event: stopping the bone-modifying agent is not recommended |
    And these rules are silent:
      | rule    | what it says                                                            |
      | BCBM-06 | Hypercalcaemia: alert; measure calcium at once when symptoms suggest it |
    And the advice contains "Bone-modifying agent: keep it up, no stopping without grounds"

  Scenario: S25h Total calcium within the limit, no albumin
    Given the patient:
      | symptoms like hypercalcaemia | no |
    And the labs:
      | analyte       | value      | upper |
      | serum calcium | 2.3 mmol/L | 2.52  |
    When evaluated
    Then these rules are undetermined:
      | rule    | what it says                                                            | asks for |
      | BCBM-06 | Hypercalcaemia: alert; measure calcium at once when symptoms suggest it | albumin  |
    And it asks for "albumin"
