Feature: Radiotherapy to the left breast with trastuzumab, no LVEF on record

  A 46-year-old woman, left breast, HER2 IHC 3+, node-negative, breast-conserving surgery done, trastuzumab running.
  Concurrent treatment is supported, the left-sided heart is watched, no interval is invented; a fall in LVEF stays open.

  Background:
    Given the patient:
      | age                           | 46                        |
      | sex                           | female                    |
      | patient preference documented | yes                       |
      | tumour type                   | breast cancer             |
      | nodal status                  | negative                  |
      | pathology documented          | yes                       |
      | HER2 IHC                      | IHC 3+                    |
      | surgeries                     | breast-conserving surgery |
      | treatment phase               | adjuvant                  |
      | treatment intent              | curative                  |
      | prior therapy documented      | yes                       |
      | bone pain                     | no                        |
      | spinal cord signs             | no                        |
      | symptoms like hypercalcaemia  | no                        |
      | loss of appetite              | no                        |
      | severe weight loss            | no                        |
    And no lesions

  Scenario: S01a Left breast planned, no ejection fraction recorded
    Given the patient:
      | disease extent | early |
      | stage group    | IIA   |
      | tumour side    | left  |
    And the medications:
      | drug        | medication status |
      | trastuzumab | active            |
    And the radiotherapy:
      | radiotherapy site | radiotherapy status | side of radiotherapy |
      | breast            | planned             | left                 |
    When evaluated
    Then these rules fire:
      | rule      | what it says                                                                       |
      | HER2RT-01 | Radiotherapy and anti-HER2 therapy can run together                                |
      | HER2RT-03 | Adjuvant anti-HER2 therapy: described as one year                                  |
      | HER2RT-04 | Trastuzumab during adjuvant radiotherapy: called safe, given strict monitoring     |
      | HER2RT-05 | Schedule infusions and radiotherapy fractions together                             |
      | HER2RT-12 | The combination: cardiac safety comes first                                        |
      | HER2RT-13 | Some anti-HER2 drugs, trastuzumab above all, are potentially cardiotoxic           |
      | HER2RT-14 | Left-sided radiotherapy with anti-HER2 therapy: a possible double hit to the heart |
      | HER2RT-15 | Regular echocardiography of left ventricular ejection during treatment             |
      | HER2RT-17 | Skin in the radiotherapy field: meticulous care                                    |
      | HER2RT-18 | The combination: stay alert for radiation pneumonitis                              |
      | HER2RT-19 | Fatigue may be more marked with the combination: rest and nutrition                |
      | HER2RT-20 | Team care for the combination: medical oncology, radiation oncology, cardiology    |
      | HER2RT-21 | Whether, when and how to combine rests on a complete individual profile            |
      | HER2RT-22 | Patients and families: talk openly with the treating team                          |
      | HER2RT-23 | Know benefits and risks of the combination, share the decision                     |
    And these rules are silent:
      | rule      | what it says                                                                     |
      | HER2RT-02 | After breast conservation or with nodal metastasis radiotherapy is indispensable |
      | HER2RT-06 | Before deciding how to combine: treatment phase and goal                         |
      | HER2RT-07 | Brain metastases: radiotherapy as a powerful local tool                          |
      | HER2RT-11 | New brain oligometastases: stereotactic radiotherapy during anti-HER2 therapy    |
      | BCBM-46   | Start a bone-modifying agent once imaging shows bone metastasis, symptoms or not |
    And these rules are undetermined:
      | rule      | what it says                                                        | asks for                                                 |
      | HER2RT-16 | Marked fall of left ventricular ejection: adjust treatment promptly | baseline LVEF, latest LVEF, marked LVEF fall (clinician) |
    And the advice contains "Anti-HER2 therapy: cardiac safety and echocardiography"
    And the advice does not contain "Bone metastases: start a bone-modifying agent"
    And it asks for "baseline LVEF"

  Scenario: S01b Neither the side of the field nor of the tumour recorded: asked, not silent
    Given the patient:
      | disease extent | early |
      | stage group    | IIA   |
    And the medications:
      | drug        | medication status |
      | trastuzumab | active            |
    And the radiotherapy:
      | radiotherapy site | radiotherapy status |
      | breast            | planned             |
    When evaluated
    Then these rules fire:
      | rule      | what it says                                                           |
      | HER2RT-15 | Regular echocardiography of left ventricular ejection during treatment |
    And these rules are undetermined:
      | rule      | what it says                                                                       | asks for                                                      |
      | HER2RT-14 | Left-sided radiotherapy with anti-HER2 therapy: a possible double hit to the heart | tumour side, radiotherapy course breast: side of radiotherapy |
    And the advice contains "Anti-HER2 therapy: cardiac safety and echocardiography"
    And it asks for "tumour side"

  Scenario: S01c Bilateral fields reach the left side of the heart
    Given the patient:
      | disease extent | early |
      | stage group    | IIA   |
      | tumour side    | left  |
    And the medications:
      | drug        | medication status |
      | trastuzumab | active            |
    And the radiotherapy:
      | radiotherapy site | radiotherapy status | side of radiotherapy |
      | breast            | planned             | bilateral            |
    When evaluated
    Then these rules fire:
      | rule      | what it says                                                                       |
      | HER2RT-14 | Left-sided radiotherapy with anti-HER2 therapy: a possible double hit to the heart |
    And the advice contains "Anti-HER2 therapy: cardiac safety and echocardiography"

  Scenario: S01d The year of trastuzumab is completed: nothing to combine
    Given the patient:
      | disease extent | early |
      | stage group    | IIA   |
      | tumour side    | left  |
    And the medications:
      | drug        | medication status |
      | trastuzumab | completed         |
    And the radiotherapy:
      | radiotherapy site | radiotherapy status | side of radiotherapy |
      | breast            | planned             | left                 |
    When evaluated
    Then these rules fire:
      | rule      | what it says                                    |
      | HER2RT-17 | Skin in the radiotherapy field: meticulous care |
    And these rules are silent:
      | rule      | what it says                                                                   |
      | HER2RT-01 | Radiotherapy and anti-HER2 therapy can run together                            |
      | HER2RT-04 | Trastuzumab during adjuvant radiotherapy: called safe, given strict monitoring |
      | HER2RT-12 | The combination: cardiac safety comes first                                    |
      | HER2RT-15 | Regular echocardiography of left ventricular ejection during treatment         |
    And the advice contains "Skin reaction in the radiotherapy field, and its care"

  Scenario: S01e Locally advanced and operated: the one-year note holds as in early disease
    Given the patient:
      | disease extent | locally advanced |
      | stage group    | IIIA             |
      | tumour side    | left             |
    And the medications:
      | drug        | medication status |
      | trastuzumab | active            |
    And the radiotherapy:
      | radiotherapy site | radiotherapy status | side of radiotherapy |
      | breast            | planned             | left                 |
    When evaluated
    Then these rules fire:
      | rule      | what it says                                                                   |
      | HER2RT-03 | Adjuvant anti-HER2 therapy: described as one year                              |
      | HER2RT-04 | Trastuzumab during adjuvant radiotherapy: called safe, given strict monitoring |
    And the advice contains "Duration of adjuvant anti-HER2 therapy"

  Scenario: S01f An oral anti-HER2 drug alone: no infusion to fit around the fractions
    Given the patient:
      | disease extent | early |
      | stage group    | IIA   |
      | tumour side    | left  |
    And the medications:
      | drug      | medication status |
      | pyrotinib | active            |
    And the radiotherapy:
      | radiotherapy site | radiotherapy status | side of radiotherapy |
      | breast            | planned             | left                 |
    When evaluated
    Then these rules fire:
      | rule      | what it says                                        |
      | HER2RT-01 | Radiotherapy and anti-HER2 therapy can run together |
    And these rules are silent:
      | rule      | what it says                                                                   |
      | HER2RT-04 | Trastuzumab during adjuvant radiotherapy: called safe, given strict monitoring |
      | HER2RT-05 | Schedule infusions and radiotherapy fractions together                         |
    And the advice contains "Radiotherapy together with anti-HER2 therapy: feasibility and schedule"
