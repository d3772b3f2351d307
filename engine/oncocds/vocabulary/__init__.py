"""What the words of profile, policy and rules mean."""
