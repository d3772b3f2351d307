Feature: Patients of several clinics, as their notes have them

  Scenario: cardio-oncology
    Given a patient:
      | Age           | 48                 |
      | Sex           | F                  |
      | Dx            | Left breast cancer |
      | HER2 IHC      | 2+                 |
      | HER2 FISH     | amplified          |
      | LVEF baseline | 65 %               |
      | LVEF now      | 50 %               |
      | Hypertension  | yes                |
    And the medications are:
      | Drug        | Status       |
      | trastuzumab | on treatment |
      | T-DM1       | planned      |
    And radiotherapy:
      | Target          | Laterality | Status  |
      | Left chest wall | left       | ongoing |
    When I evaluate the patient
    Then the advice should contain "echocardiography"
    And rule "HCCSBRT-01" does not fire

  Scenario: thoracic oncology
    Given the patient:
      | tumor type | NSCLC     |
      | RET fusion | positive  |
      | EGFR       | wild type |
      | bone pain  | severe    |
    And the following lesions:
      | location | type                  |
      | T12      | lytic bone metastasis |
      | liver    | metastasis            |
    And the following medications:
      | drug      | status  | started    |
      | Retevmo   | on      | 1 May 2026 |
      | denosumab | planned |            |
    And labs:
      | lab        | value | units |
      | calcium    | 9.1   | mg/dL |
      | vitamin D  | low   |       |
    When evaluated
    Then there is advice about "calcium"
    And no urgent advice

  Scenario: numbness
    Given the patient:
      | diagnosis          | small cell lung cancer |
      | saddle anesthesia  | yes                    |
      | bowel incontinence | yes                    |
    And no medications
    And no radiotherapy
    When evaluated
    Then the urgent advice contains "spinal cord"
    And there is no urgent advice about "hypercalcaemia"
